#!/usr/bin/perl
# A backend that tells its name: backend.pl NAME TCP-PORT UDP-PORT
#
# Perl, because every Debian has it: to a TCP connection it says its name and hangs up; a UDP datagram it answers with its name.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;

my ($name, $tcp_port, $udp_port) = @ARGV;
my %any = (LocalHost => '::', V6Only => 0);
my $tcp = IO::Socket::IP->new(%any, LocalPort => $tcp_port, Proto => 'tcp', Listen => 128, ReuseAddr => 1)
    or die "cannot listen on TCP port $tcp_port: $@\n";
my $udp = IO::Socket::IP->new(%any, LocalPort => $udp_port, Proto => 'udp')
    or die "cannot listen on UDP port $udp_port: $@\n";

my $ready = IO::Select->new($tcp, $udp);
while (my @sockets = $ready->can_read) {
    for my $socket (@sockets) {
        if ($socket == $udp) {
            my $client = $udp->recv(my $datagram, 1500);
            $udp->send("$name\n", 0, $client) if defined $client;
        } elsif (my $connection = $tcp->accept) {
            print $connection "$name\n";
            close $connection;
        }
    }
}

import Addressing
import Attachment
import Logging
import OverlayCore

extension OverlayDaemon {
    /// The blocks of which no pod has had an address for long; those of `draining`, which are not ours to give addresses
    /// of, at once.
    func idleBlocks(draining: [IPPrefix], now: Duration) async -> [IPPrefix] {
        do {
            let taken = try await attacher.table().taken(in: AttachableNetwork.pods)
            let left = draining.filter { block in !taken.contains { block.contains($0) } }
            return idle.due(of: view.ownPrefixes, inUse: taken, now: now) + left
        } catch {
            logger.error("cannot read the attachments, keeping all blocks", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Has no further pods get addresses of a block, if none has one.
    ///
    /// - Returns: Whether that is so. Then it may be given back; ``endWithdrawal(of:)`` must follow.
    func withdraw(_ block: IPPrefix) async -> Bool {
        withdrawn.insert(block)
        do {
            if try await attacher.withdraw(block, of: AttachableNetwork.pods) { return true }
        } catch {
            logger.error("cannot withdraw a block", metadata: ["block": "\(block)", "error": "\(error)"])
        }
        withdrawn.remove(block)
        return false
    }

    /// The block was given back, or is still ours and may be used again.
    func endWithdrawal(of block: IPPrefix) {
        withdrawn.remove(block)
        touch()
    }

    /// Of these blocks, those that pods may get addresses of.
    func usable(_ blocks: [IPPrefix]) -> [IPPrefix] { blocks.filter { !withdrawn.contains($0) } }
}

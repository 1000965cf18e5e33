enum PlaceholderForNow {}

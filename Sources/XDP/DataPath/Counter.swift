/// What a path counts: packets, unless it says bytes.
///
/// One more than the last is how many words `PathCounters` has.
enum Counter: Int, CaseIterable {
  case aborted, drop, pass, tx, redirect
  case received, receivedBytes
  case trapped, interrupted, timersTrapped, unknownCode
  case noTarget, noInterface, noEntry, otherQueue, noFragments, tooManyPrograms
  case droppedOnTheWay, abortedOnTheWay
  case tooLong, outOfFrames, outOfCopies, copied
  case transmitted, delivered, unclaimed
  case refusedByInterface, refusedByTarget, refusedByStack, refusedBySocket
}

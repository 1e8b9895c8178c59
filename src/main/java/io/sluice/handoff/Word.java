package io.sluice.handoff;

/** What one process says to the other. A record's name, in lower case, is its type's. */
sealed interface Word
    permits Hello,
        Offer,
        Progress,
        Word.Refused,
        Word.Ready,
        Word.Released,
        Word.Serving,
        Word.Committed,
        Word.Accepting,
        Word.Parted,
        Word.Failed,
        Word.CalledOff,
        Word.Finished {

  /** Old: there is no hand-over. */
  record Refused(String reason) implements Word {}

  /** New: it could serve, and waits for the store. */
  record Ready() implements Word {}

  /** Old: the store is free; the state is what has become of the offered one. */
  record Released(String state) implements Word {}

  /** New: it has the store and could accept. */
  record Serving() implements Word {}

  /** Old: it accepts no more. */
  record Committed() implements Word {}

  /** New: it accepts; the hand-over is done. */
  record Accepting() implements Word {}

  /** Old: its place at the upgrade socket is free. */
  record Parted() implements Word {}

  /** New: it gives up. */
  record Failed(String reason) implements Word {}

  /** Old: it takes everything back and goes on. */
  record CalledOff(String reason) implements Word {}

  /** Old: it has nothing left to do. */
  record Finished() implements Word {}
}

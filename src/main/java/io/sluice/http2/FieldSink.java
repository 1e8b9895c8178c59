package io.sluice.http2;

/** Takes the fields of a decoded head, one after another. */
interface FieldSink {
  /** Takes none of them. */
  FieldSink NOWHERE = (name, nameFrom, nameTo, value, valueFrom, valueTo) -> {};

  /** A field; the arrays are only lent, and may be the same. */
  void field(byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo);
}

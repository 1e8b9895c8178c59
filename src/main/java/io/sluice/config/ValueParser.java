package io.sluice.config;

/** Turns the text of a scalar into a value; pure. */
@FunctionalInterface
interface ValueParser<T> {
  T parse(String text) throws BadValueException;
}

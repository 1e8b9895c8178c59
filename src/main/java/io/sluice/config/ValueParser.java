package io.sluice.config;

/** Turns the text of a scalar into a value; pure. */
@FunctionalInterface
interface ValueParser<T> {
  T parse(String text) throws BadValueException;

  /** What the scalar must be where scalars have types; default: text. */
  default ScalarType type() {
    return ScalarType.TEXT;
  }

  /** The same for a scalar of this type. */
  static <T> ValueParser<T> of(ScalarType type, ValueParser<T> parser) {
    return new ValueParser<>() {
      @Override
      public T parse(String text) throws BadValueException {
        return parser.parse(text);
      }

      @Override
      public ScalarType type() {
        return type;
      }
    };
  }
}

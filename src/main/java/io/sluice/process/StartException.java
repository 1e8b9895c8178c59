package io.sluice.process;

/** Sluice does not start; the message is for the operator, the code for whoever started it. */
final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  private final ExitCode code;

  StartException(ExitCode code, String message) {
    super(message);
    this.code = code;
  }

  StartException(ExitCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  ExitCode code() {
    return code;
  }
}

package io.sluice.process;

import org.jspecify.annotations.Nullable;

/** What the process tells whoever started it. */
enum ExitCode {
  /** Did what was asked. */
  OK(0),
  /** Invalid configuration, or the start failed. */
  FAILED(1),
  /** The command line, the environment or the file's name is wrong. */
  USAGE(2),
  /** An upgrade was called off; the running process goes on serving. */
  CALLED_OFF(3),
  /** Ended by SIGINT; 128 and the signal's number, as shells expect it. */
  INTERRUPTED(130);

  private final int value;

  ExitCode(int value) {
    this.value = value;
  }

  /** The one with this value; null: none has it. */
  static @Nullable ExitCode of(int value) {
    for (ExitCode code : values()) {
      if (code.value == value) {
        return code;
      }
    }
    return null;
  }

  int value() {
    return value;
  }
}

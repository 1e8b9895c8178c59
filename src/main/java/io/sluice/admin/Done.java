package io.sluice.admin;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a form has done, for the page that comes after it: {@code ?done=} names one of these, so an
 * address can make a page say nothing else.
 */
enum Done {
  SIGNED_OUT("You are signed out."),
  PASSWORD("Your password is changed; your other sessions have ended."),
  USER_ADDED("The user is added."),
  USER_CHANGED("The user is changed, and has to sign in again."),
  USER_REMOVED("The user is removed."),
  TOKEN_REVOKED("The token is revoked."),
  LEVEL("The log level is changed; it holds until the next start."),
  APPLIED("The configuration is applied."),
  UNCHANGED("There was nothing to change: this is what is in force."),
  ROLLED_BACK("The configuration is rolled back; that is a new revision."),
  DRAINS("The backend drains: what it has is finished, nothing new comes.", "ready"),
  MAINTENANCE("The backend is in maintenance.", "ready"),
  READY("The backend is ready."),
  CHANGED("The backend is changed."),
  ADDED("The backend is added."),
  REMOVES("The backend is drained, then removed."),
  REMOVED("The backend is removed."),
  ALL_DONE("All chosen backends are changed."),
  CHECKED("The backend was checked just now."),
  CANCELLED("The operation is called off."),
  EXTENDED("The operation has five minutes more."),
  FINISHED("What was left is closed.");

  private final String sentence;
  private final @Nullable String undo;

  Done(String sentence) {
    this(sentence, null);
  }

  Done(String sentence, @Nullable String undo) {
    this.sentence = sentence;
    this.undo = undo;
  }

  /** What it is called in an address. */
  String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public String sentence() {
    return sentence;
  }

  /** The backend's action that undoes it, of the backend in {@code pool} and {@code id}. */
  public @Nullable String undo() {
    return undo;
  }

  /** One by its code; null: there is none. */
  static @Nullable Done of(@Nullable String code) {
    for (Done done : values()) {
      if (done.code().equals(code)) {
        return done;
      }
    }
    return null;
  }
}

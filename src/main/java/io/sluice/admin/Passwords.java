package io.sluice.admin;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.HttpStatus;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Passwords as bcrypt hashes. One hash costs a processor some hundred milliseconds, so few are made
 * at a time, on threads of their own, and few more may wait.
 */
@Component
final class Passwords implements DisposableBean {
  static final int SHORTEST = 12;

  /** More bytes bcrypt does not see. */
  static final int MOST_BYTES = 72;

  private static final int STRENGTH = 12;
  static final int THREADS = 2;
  private static final int MOST_WAITING = 50;
  private static final BCryptPasswordEncoder ENCODER = new BCryptPasswordEncoder(STRENGTH);

  /** A hash of nothing that can be entered: who does not exist takes as long as who does. */
  private static final String NOBODY =
      "$2a$12$NIYQvqWAR2MqnDom5C2gU.YkHzPsGKgFq4NGouLRtu4WH6YNIPrg2";

  private final Scheduler threads =
      Schedulers.newBoundedElastic(THREADS, MOST_WAITING, "sluice-password", 60, true);

  /** What is wrong with a new password; null: nothing. */
  static @Nullable String problem(String password) {
    if (password.codePointCount(0, password.length()) < SHORTEST) {
      return "a password has at least " + SHORTEST + " characters";
    }
    if (password.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      return "a password has at most " + MOST_BYTES + " bytes in UTF-8";
    }
    return null;
  }

  /** Hashes; takes long. */
  static String hash(String password) {
    String hash = ENCODER.encode(password);
    if (hash == null) {
      throw new IllegalStateException("bcrypt gave no hash");
    }
    return hash;
  }

  /**
   * Whether a password is the one of a hash; takes long, whatever is given.
   *
   * @param hash null: of nobody, then it is false
   */
  static boolean matches(String password, @Nullable String hash) {
    boolean usable = password.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES;
    boolean same = ENCODER.matches(usable ? password : "-", hash == null ? NOBODY : hash);
    return same && usable && hash != null;
  }

  /** Runs what hashes, and the store's calls around it, where it stops nobody else. */
  <T> Mono<T> run(Callable<T> work) {
    return Mono.fromCallable(work)
        .subscribeOn(threads)
        .onErrorMap(
            RejectedExecutionException.class,
            busy ->
                new ProblemException(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "busy",
                        "Too many passwords are being checked; try again in a moment.")
                    .header("Retry-After", "1"));
  }

  @Override
  public void destroy() {
    threads.dispose();
  }
}

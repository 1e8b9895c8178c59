package io.sluice.process;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP: logs are opened again by their names, for log rotation, certificates are looked at now,
 * and the configuration file is read now where it rules. Traffic does not notice any of it.
 */
final class Reload {
  private static final Logger log = LoggerFactory.getLogger(Reload.class);

  private final Observation observation;
  private final Supplier<String> certificates;
  private final @Nullable FollowedFile file;

  /**
   * What is reloaded.
   *
   * @param certificates looks at them and says what has come of it; empty: there are none
   * @param file null: the store rules, and the file is not read again
   */
  Reload(Observation observation, Supplier<String> certificates, @Nullable FollowedFile file) {
    this.observation = observation;
    this.certificates = certificates;
    this.file = file;
  }

  /**
   * Does it and waits for the end.
   *
   * @param errorLog what has come of opening that again; null: there is none
   * @return what has come of it all, for the operator
   */
  String run(@Nullable String errorLog) {
    List<String> said = new ArrayList<>();
    if (errorLog != null) {
      said.add(errorLog);
    }
    said.add(
        done(observation.reopenLog()) ? "access log opened again" : "access log stays as it was");
    String ofCertificates = certificates.get();
    if (!ofCertificates.isEmpty()) {
      said.add(ofCertificates);
    }
    if (file == null) {
      said.add(
          "the configuration file is not read again: the store rules (mode: managed), changes go"
              + " through the API");
    } else {
      done(file.lookNow());
      said.add(
          file.isInForce()
              ? "what the configuration file says is in force"
              : "the configuration file cannot be used, see above");
    }
    String text = String.join("; ", said);
    log.info("reloaded: {}", text);
    return text;
  }

  private static boolean done(CompletableFuture<Void> step) {
    try {
      step.get();
      return true;
    } catch (ExecutionException e) {
      log.debug("a step of the reload failed and has told so itself", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

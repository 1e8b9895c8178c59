package io.sluice.handoff;

import io.sluice.handoff.HandoffServer.Times;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** An old process of its own: waits at a socket and prints its steps. */
final class GiverProgram {
  private GiverProgram() {}

  public static void main(String[] arguments) throws Exception {
    ScriptedGiver giver = new ScriptedGiver();
    HandoffServer.open(Path.of(arguments[0]), giver, Times.ready(Duration.ofMinutes(1)), "old");
    System.out.println("waits");
    new CountDownLatch(1).await();
  }
}

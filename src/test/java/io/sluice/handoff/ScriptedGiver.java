package io.sluice.handoff;

import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** A process with one listening socket, which tells what is asked of it. */
final class ScriptedGiver implements Giver {
  static final String NAME = "127.0.0.1:0";

  final int socket;
  final List<String> steps = new CopyOnWriteArrayList<>();
  final CountDownLatch finish = new CountDownLatch(1);
  volatile boolean refuses;
  volatile boolean breaksAtOffer;
  volatile boolean breaksAtRelease;

  ScriptedGiver() throws OsException {
    socket = Descriptors.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128, 0);
  }

  @Override
  public Things offer(Hello hello) throws HandoffException {
    step("offer");
    if (breaksAtOffer) {
      throw new IllegalStateException("a mistake");
    }
    if (refuses) {
      throw new HandoffException("it is draining");
    }
    return new Things(Map.of(NAME, socket), "{\"revision\":1}");
  }

  @Override
  public String release() throws HandoffException {
    step("release");
    if (breaksAtRelease) {
      throw new IllegalStateException("a mistake");
    }
    return "{\"revision\":2}";
  }

  @Override
  public void hold() {
    step("hold");
  }

  @Override
  public void takeBack(String reason) {
    step("take back: " + reason);
  }

  @Override
  public void handedOver(Consumer<Progress> progress) {
    step("handed over");
    progress.accept(new Progress(3, 2, "[]"));
    try {
      finish.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void finished() {
    step("finished");
  }

  private void step(String name) {
    steps.add(name);
    System.out.println(name);
  }
}

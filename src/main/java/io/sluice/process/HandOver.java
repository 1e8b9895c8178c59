package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.config.Configuration;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneException;
import io.sluice.handoff.Giver;
import io.sluice.handoff.HandoffException;
import io.sluice.handoff.Hello;
import io.sluice.handoff.Lifecycle;
import io.sluice.handoff.Lifecycle.Phase;
import io.sluice.handoff.Progress;
import io.sluice.store.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a serving process hands over to its successor, and takes everything back. */
final class HandOver implements Giver {
  private static final Logger log = LoggerFactory.getLogger(HandOver.class);

  private final Appliance appliance;
  private final AdminPlane admin;
  private final Finish finish;
  private final Lifecycle lifecycle;

  /** How the old process ends. */
  interface Finish {
    /** Lets what is running finish and closes everything; returns when that is done. */
    void drainAndClose(Consumer<Progress> progress);

    /** Ends the process. */
    void exit();
  }

  HandOver(Appliance appliance, AdminPlane admin, Finish finish) {
    this.appliance = appliance;
    this.admin = admin;
    this.finish = finish;
    this.lifecycle = appliance.lifecycle();
  }

  /** What a process wants to listen on, by the names that both sides use. */
  static List<String> names(Configuration configuration) {
    List<String> names = new ArrayList<>();
    configuration.listeners().forEach(listener -> names.add(listener.address().toString()));
    names.add(adminName(configuration));
    return names;
  }

  static String adminName(Configuration configuration) {
    return "admin " + configuration.admin().address();
  }

  /** The store's place, the same for every working directory. */
  static String store(Configuration configuration) {
    Path path = configuration.store().path().toAbsolutePath().normalize();
    return path.toString();
  }

  @Override
  public Things offer(Hello hello) throws HandoffException {
    Phase phase = lifecycle.phase();
    if (phase == Phase.DRAINING || phase == Phase.STOPPING) {
      throw new HandoffException("it is " + phase.text() + "; start without -u once it has ended");
    }
    Configuration configuration = appliance.configuration();
    if (!hello.store().equals(store(configuration))) {
      throw new HandoffException(
          "it keeps its state in "
              + store(configuration)
              + " and the new one in "
              + hello.store()
              + "; give both the same sluice.store.path");
    }
    lifecycle.enter(
        Phase.HANDING_OVER, "to process " + hello.pid() + ", Sluice " + hello.version());
    DataPlane plane = appliance.dataPlane();
    Map<String, Integer> sockets = new LinkedHashMap<>();
    plane.descriptors().forEach((address, number) -> sockets.put(address.toString(), number));
    sockets.put(adminName(configuration), admin.descriptor());
    sockets.keySet().retainAll(hello.listeners());
    return new Things(sockets, estate(SelfProbe.ask(plane)));
  }

  private String estate(int probe) {
    DataPlane plane = appliance.dataPlane();
    return new Estate(plane.memory(), admin.memory(), plane.carried(), probe).toJson();
  }

  @Override
  public String release() throws HandoffException {
    lifecycle.enter(Phase.HANDING_STORE, null);
    try {
      appliance.suspend();
      return estate(SelfProbe.NO_ANSWER);
    } catch (StoreException | DataPlaneException e) {
      throw new HandoffException("the store is not given up: " + e.getMessage(), e);
    }
  }

  @Override
  public void hold() {
    appliance.dataPlane().hold();
    admin.hold();
  }

  @Override
  public void takeBack(String reason) {
    log.error("the upgrade is called off: {}; this process goes on", reason);
    appliance.dataPlane().accept();
    admin.accept();
    appliance.resume();
    lifecycle.enter(Phase.SERVING, "the upgrade was called off: " + reason);
  }

  @Override
  public void handedOver(Consumer<Progress> progress) {
    lifecycle.enter(Phase.DRAINING, "the successor serves");
    finish.drainAndClose(progress);
  }

  @Override
  public void finished() {
    finish.exit();
  }
}

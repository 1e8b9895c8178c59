package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.control.DataPlane;
import io.sluice.control.PlaneMemory.Carried;
import io.sluice.handoff.HandoffClient;
import io.sluice.handoff.HandoffException;
import io.sluice.handoff.HandoffServer;
import io.sluice.handoff.Hello;
import io.sluice.handoff.Lifecycle;
import io.sluice.handoff.Lifecycle.Phase;
import io.sluice.handoff.Lifecycle.Predecessor;
import io.sluice.handoff.Offer;
import io.sluice.os.OsException;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a new process takes the place of the one that serves. Until {@link #complete} has returned,
 * the old one can go on as if nothing had been.
 */
final class TakeOver {
  private static final Logger log = LoggerFactory.getLogger(TakeOver.class);

  /** Health checks of a fresh process may need a moment until its own request succeeds. */
  private static final int MOST_PROBES = 5;

  private static final Duration BETWEEN_PROBES = Duration.ofSeconds(1);

  private final HandoffClient client;
  private final Offer offer;
  private final Estate estate;
  private final Configuration configuration;
  private final Lifecycle lifecycle;

  private TakeOver(
      HandoffClient client,
      Offer offer,
      Estate estate,
      Configuration configuration,
      Lifecycle lifecycle) {
    this.client = client;
    this.offer = offer;
    this.estate = estate;
    this.configuration = configuration;
    this.lifecycle = lifecycle;
  }

  /**
   * Connects to the process that serves and gets its sockets and what it knows.
   *
   * @throws StartException when there is none, or it refuses
   */
  static TakeOver begin(Configuration configuration, Lifecycle lifecycle) throws StartException {
    try {
      HandoffClient client = HandoffClient.connect(configuration.process().upgradeSocket());
      Offer offer =
          client.ask(
              new Hello(
                  HandoffServer.PROTOCOLS,
                  Version.current(),
                  ProcessHandle.current().pid(),
                  HandOver.names(configuration),
                  HandOver.store(configuration)));
      lifecycle.enter(
          Phase.TAKING_OVER, "from process " + offer.pid() + ", Sluice " + offer.version());
      log.info("upgrade: process {} passes on {}", offer.pid(), offer.listeners());
      try {
        Estate estate = Estate.fromJson(offer.state());
        return new TakeOver(client, offer, estate, configuration, lifecycle);
      } catch (HandoffException e) {
        client.fail(String.valueOf(e.getMessage()));
        throw e;
      }
    } catch (HandoffException e) {
      throw calledOff(e);
    }
  }

  private static StartException calledOff(Exception why) {
    return new StartException(
        ExitCode.CALLED_OFF, "the upgrade is called off: " + why.getMessage(), why);
  }

  Estate estate() {
    return estate;
  }

  /** The sockets that the old process passes on. */
  Sockets sockets() {
    Map<Address, Integer> sockets = new HashMap<>();
    for (ListenerSpec listener : configuration.listeners()) {
      Integer socket = client.listeners().get(listener.address().toString());
      if (socket != null) {
        sockets.put(listener.address(), socket);
      }
    }
    return new Sockets(sockets, client.listeners().get(HandOver.adminName(configuration)));
  }

  /**
   * Tries this process out, gets the store, and begins to accept.
   *
   * @throws StartException when it is called off, by either side; the old process goes on
   */
  void complete(Appliance appliance, AdminPlane admin) throws StartException {
    DataPlane plane = appliance.dataPlane();
    try {
      probe(plane);
      lifecycle.enter(Phase.TAKING_STORE, null);
      String released = client.ready();
      Estate last = released == null ? estate : Estate.fromJson(released);
      plane.carriedElsewhere(client.isAlone() ? List.of() : last.carried());
      appliance.takeStore();
      if (last.sessions() != null) {
        admin.restore(last.sessions());
      }
      client.serving();
    } catch (HandoffException | StoreException e) {
      throw calledOff(e);
    }
    plane.accept();
    admin.accept();
    client.accepting();
    lifecycle.enter(
        Phase.SERVING, client.isAlone() ? "the process before died on the way" : "taken over");
    Thread.ofPlatform().name("sluice-predecessor").daemon().start(() -> follow(plane));
  }

  private void probe(DataPlane plane) throws HandoffException {
    lifecycle.enter(Phase.PROBING, null);
    int status = SelfProbe.ask(plane);
    for (int i = 1; i < MOST_PROBES && isWorse(status); i++) {
      LockSupport.parkNanos(BETWEEN_PROBES.toNanos());
      status = SelfProbe.ask(plane);
    }
    log.info(
        "upgrade: this process answers its own request with {}, the old one with {}",
        SelfProbe.text(status),
        SelfProbe.text(estate.probe()));
    if (isWorse(status)) {
      throw new HandoffException(
          "this process answers its own request (HEAD /) with %s, and the running one with %s"
              .formatted(SelfProbe.text(status), SelfProbe.text(estate.probe())));
    }
  }

  private boolean isWorse(int status) {
    return SelfProbe.isBad(status) && !SelfProbe.isBad(estate.probe());
  }

  /** Gives up; the old process goes on. */
  void fail(String reason) {
    client.fail(reason);
    close();
  }

  private void follow(DataPlane plane) {
    boolean said =
        client.follow(
            progress -> {
              plane.carriedElsewhere(Carried.fromJson(progress.state()));
              remember(progress.connections(), progress.requests(), false);
            });
    plane.carriedElsewhere(List.of());
    remember(0, 0, true);
    if (said) {
      log.info("upgrade: process {} has finished", offer.pid());
    } else {
      log.warn("upgrade: process {} has ended before it had finished", offer.pid());
    }
    close();
  }

  private void remember(int connections, int requests, boolean finished) {
    lifecycle.predecessor(
        new Predecessor(
            Math.toIntExact(offer.pid()), offer.version(), connections, requests, finished));
  }

  private void close() {
    try {
      client.close();
    } catch (OsException e) {
      log.debug("the connection to the old process does not close", e);
    }
  }
}

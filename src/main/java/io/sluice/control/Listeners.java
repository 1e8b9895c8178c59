package io.sluice.control;

import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import io.sluice.control.DataPlaneStatus.TlsStatus;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import io.sluice.proxy.ProxyListener;
import io.sluice.proxy.ProxyLoops;
import io.sluice.tls.Bundles;
import io.sluice.tls.CertificateKeeper;
import io.sluice.tls.TicketKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of one data plane, and the private one by which it is tried out. */
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final List<ListenerSpec> specs;
  private final Bundles bundles;
  private final boolean held;

  /** Descriptors that no listener has taken yet; the starting thread's. */
  private final Map<Address, Integer> inherited = new HashMap<>();

  /** In the configuration's order. Complete when the plane has started. */
  private final Map<ProxyListener, ListenerSpec> open = new LinkedHashMap<>();

  /** Null before {@link #open}. */
  private volatile @Nullable CertificateKeeper certificates;

  /** Guarded by this. */
  private @Nullable Probe probe;

  private record Probe(ProxyListener listener, Path path) {}

  Listeners(List<ListenerSpec> specs, Inheritance inheritance, Bundles bundles) {
    this.specs = specs;
    this.bundles = bundles;
    this.held = inheritance.held();
    for (ListenerSpec spec : specs) {
      Integer descriptor = inheritance.listeners().get(spec.address());
      if (descriptor != null) {
        inherited.put(spec.address(), descriptor);
      }
    }
  }

  /**
   * Opens them all.
   *
   * @throws DataPlaneException with a sentence for the operator when one cannot be; those before it
   *     are open then
   */
  void open(ProxyLoops loops) {
    CertificateKeeper keeper = keeper();
    certificates = keeper;
    for (ListenerSpec spec : specs) {
      Address address = spec.address();
      Integer descriptor = inherited.remove(address);
      try {
        open.put(loops.listen(spec, keeper.of(spec), descriptor, held), spec);
      } catch (IOException e) {
        throw new DataPlaneException(
            descriptor == null
                ? "cannot listen on %s: %s; stop what holds it or change sluice.listeners"
                    .formatted(address, e.getMessage())
                : "cannot take over the socket of %s: %s; start without it, or change"
                        .formatted(address, e.getMessage())
                    + " sluice.listeners",
            e);
      }
    }
  }

  private CertificateKeeper keeper() {
    InstantSource clock = InstantSource.system();
    try {
      return CertificateKeeper.open(
          specs, ProxyLoops::protocols, new TicketKeys(List.of(), clock.instant()), bundles, clock);
    } catch (CertificateKeeper.ListenerException e) {
      throw new DataPlaneException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The listeners with TLS at the moment; cheap. */
  List<TlsStatus> tls() {
    CertificateKeeper keeper = certificates;
    List<TlsStatus> all = new ArrayList<>();
    if (keeper != null) {
      open.forEach(
          (listener, spec) -> {
            if (spec.tls() != null) {
              all.add(
                  new TlsStatus(
                      spec.address().toString(), listener.handshakes(), keeper.status(spec)));
            }
          });
    }
    return all;
  }

  /** What the listeners with TLS are served with. */
  CertificateKeeper certificates() {
    return Objects.requireNonNull(certificates, "open() comes first");
  }

  /** Closes the descriptors that no listener has come to take. */
  void closeUnused() {
    inherited.values().forEach(Listeners::closeDescriptor);
    inherited.clear();
  }

  private static void closeDescriptor(int descriptor) {
    try {
      Descriptors.close(descriptor);
    } catch (OsException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<SocketAddress> addresses() {
    return open.keySet().stream().map(ProxyListener::address).toList();
  }

  Map<Address, Integer> descriptors() {
    Map<Address, Integer> descriptors = new LinkedHashMap<>();
    open.forEach(
        (listener, spec) -> descriptors.putIfAbsent(spec.address(), listener.descriptor()));
    return descriptors;
  }

  void accept() {
    open.keySet().forEach(ProxyListener::accept);
  }

  void hold() {
    open.keySet().forEach(ProxyListener::hold);
  }

  void release() {
    closeProbe();
    open.keySet().forEach(ProxyListener::release);
  }

  void close() {
    closeProbe();
    open.keySet().forEach(ProxyListener::close);
  }

  /** No connection will begin any more: what they were met with is given up. */
  void closeCertificates() {
    CertificateKeeper keeper = certificates;
    if (keeper != null) {
      keeper.close();
    }
  }

  synchronized SocketAddress openProbe(ProxyLoops loops) {
    Probe running = probe;
    if (running == null) {
      try {
        running = newProbe(loops);
        probe = running;
      } catch (IOException e) {
        throw new DataPlaneException(
            "cannot open a private socket to try this process out: " + e.getMessage(), e);
      }
    }
    return UnixDomainSocketAddress.of(running.path);
  }

  private Probe newProbe(ProxyLoops loops) throws IOException {
    Path directory = Files.createTempDirectory("sluice-"); // for this user only
    Path path = directory.resolve("probe");
    try {
      ListenerSpec spec = new ListenerSpec(new Address.Unix(path), specs.getFirst().limits());
      return new Probe(loops.listen(spec, null, null, false), path);
    } catch (IOException | RuntimeException e) {
      Files.delete(directory);
      throw e;
    }
  }

  synchronized void closeProbe() {
    Probe closing = probe;
    if (closing == null) {
      return;
    }
    probe = null;
    closing.listener.close();
    try {
      Files.deleteIfExists(closing.path);
      Files.deleteIfExists(Objects.requireNonNull(closing.path.getParent()));
    } catch (IOException e) {
      LOG.warn("the private socket {} stays behind: {}", closing.path, e.getMessage());
    }
  }
}

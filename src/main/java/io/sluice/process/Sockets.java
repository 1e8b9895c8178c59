package io.sluice.process;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.listen.ListeningSocket;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets that listen before there are planes to serve them: those that systemd has bound
 * (sd_listen_fds(3)), and those that root binds for the user it becomes.
 *
 * @param listeners of the data plane, by the addresses of the configuration
 * @param admin of the management plane; null: it binds its own
 */
record Sockets(Map<Address, Integer> listeners, @Nullable Integer admin) {
  private static final Logger log = LoggerFactory.getLogger(Sockets.class);

  /** None. */
  static final Sockets NONE = new Sockets(Map.of(), null);

  private static final int FIRST = 3;
  private static final int BACKLOG = 4096;

  Sockets {
    listeners = Map.copyOf(listeners);
  }

  // ---------------------------------------------------------------- from systemd

  /**
   * Takes what systemd has bound. Each socket must be one of the configuration: one that nobody
   * serves would let its clients wait for ever.
   *
   * @param environment of this process
   * @param pid of this process; sockets for another one are not looked at
   * @throws StartException when one cannot be used
   */
  static Sockets activated(Map<String, String> environment, long pid, Configuration configuration)
      throws StartException {
    String count = environment.get("LISTEN_FDS");
    if (count == null || !Long.toString(pid).equals(environment.get("LISTEN_PID"))) {
      return NONE;
    }
    if (!count.matches("\\d{1,5}")) {
      throw new StartException(ExitCode.FAILED, "LISTEN_FDS=" + count + " is no number of sockets");
    }
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    Map<Address, Integer> listeners = new LinkedHashMap<>();
    Integer admin = null;
    for (int i = 0; i < Integer.parseInt(count); i++) {
      int descriptor = FIRST + i;
      String name = i < names.length && !names[i].isEmpty() ? " (" + names[i] + ")" : "";
      String what = "descriptor " + descriptor + name + " from systemd";
      SocketAddress at = address(descriptor, what);
      Address wanted = wanted(at, configuration.listeners(), listeners);
      if (wanted != null) {
        listeners.put(wanted, descriptor);
        log.info("{} is the listener {}", what, wanted);
      } else if (admin == null && isAt(at, configuration.admin().address())) {
        admin = descriptor;
        log.info("{} is the admin address {}", what, configuration.admin().address());
      } else {
        throw new StartException(
            ExitCode.FAILED,
            "%s listens on %s, which no listener of the configuration does; add it to"
                    .formatted(what, ListeningSocket.text(at))
                + " sluice.listeners, or remove ListenStream= from the socket unit");
      }
    }
    return new Sockets(listeners, admin);
  }

  private static SocketAddress address(int descriptor, String what) throws StartException {
    try {
      if (Descriptors.isListening(descriptor)) {
        Descriptors.adopt(descriptor);
        return Descriptors.address(descriptor);
      }
      throw new StartException(
          ExitCode.FAILED,
          what
              + " is no socket that listens for connections; the socket unit needs ListenStream="
              + " and Accept=no");
    } catch (IOException | IllegalArgumentException e) {
      throw new StartException(ExitCode.FAILED, what + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static @Nullable Address wanted(
      SocketAddress at, List<ListenerSpec> specs, Map<Address, Integer> taken) {
    for (ListenerSpec spec : specs) {
      if (!taken.containsKey(spec.address()) && isAt(at, spec.address())) {
        return spec.address();
      }
    }
    return null;
  }

  /** With port 0 another port than any that exists is wanted. */
  private static boolean isAt(SocketAddress at, Address wanted) {
    try {
      return !isAnyPort(wanted) && ListeningSocket.isAt(at, wanted);
    } catch (UnknownHostException e) {
      log.debug("{} is unknown; whoever binds it says so", wanted, e);
      return false;
    }
  }

  // ---------------------------------------------------------------- bound by root

  /**
   * These, and beside them all that the configuration names, bound now. Addresses with port 0 are
   * left out: any user may bind those.
   *
   * @param privileges whom files of Unix sockets belong to where the configuration does not say it
   * @throws StartException when one cannot be bound
   */
  Sockets bound(Configuration configuration, Privileges privileges) throws StartException {
    Map<Address, Integer> all = new LinkedHashMap<>(listeners);
    for (ListenerSpec spec : configuration.listeners()) {
      if (!all.containsKey(spec.address()) && !isAnyPort(spec.address())) {
        all.put(spec.address(), bind(privileges.ownerOf(spec), "sluice.listeners"));
      }
    }
    Address.Tcp address = configuration.admin().address();
    ListenerSpec management = new ListenerSpec(address, ListenerSpec.Limits.DEFAULT);
    return new Sockets(
        all,
        admin == null && !isAnyPort(address) ? bind(management, "sluice.admin.address") : admin);
  }

  private static boolean isAnyPort(Address address) {
    return address instanceof Address.Tcp tcp && tcp.port() == 0;
  }

  private static Integer bind(ListenerSpec spec, String key) throws StartException {
    try {
      return ListeningSocket.listen(spec, BACKLOG);
    } catch (IOException e) {
      boolean inUse = e instanceof OsException failure && failure.isInUse();
      throw new StartException(
          ExitCode.FAILED,
          "cannot listen on %s: %s; stop what holds it or change %s"
              .formatted(spec.address(), inUse ? "it is already in use" : e.getMessage(), key),
          e);
    }
  }
}

package io.sluice.control;

import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.Configuration;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.SnapshotDocument.Violation;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where no backend may be. It exists because whoever may add a backend could otherwise have the
 * proxy ask what only this machine can reach: a cloud's metadata service, or the management plane.
 */
final class AddressPolicy {
  private final Configuration.Admin admin;

  /** Empty when the management plane's host is unknown, so that it cannot listen either. */
  private final List<InetAddress> adminAddresses;

  AddressPolicy(Configuration.Admin admin) {
    this.admin = admin;
    this.adminAddresses = all(admin.address().host());
  }

  private static List<InetAddress> all(String host) {
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  /** Why no backend may be there; null: it may. */
  @Nullable String objection(InetAddress address, int port) {
    if (admin.denies(address)) {
      return "it is in a network where no backend may be; see sluice.admin.backend-addresses.deny";
    }
    return isAdmin(address, port)
        ? "Sluice's own management plane listens there; a backend needs another address"
        : null;
  }

  private boolean isAdmin(InetAddress address, int port) {
    if (port == 0 || port != admin.address().port()) {
      return false;
    }
    for (InetAddress own : adminAddresses) {
      // a connection to the wildcard address goes to this machine's loopback
      boolean leadsThere =
          own.isAnyLocalAddress()
              ? isOwn(address)
              : own.equals(address) || address.isAnyLocalAddress() && own.isLoopbackAddress();
      if (leadsThere) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOwn(InetAddress address) {
    if (address.isAnyLocalAddress() || address.isLoopbackAddress()) {
      return true;
    }
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true; // the safe side: nothing is known about this machine's addresses
    }
  }

  /** The same for an address as it is configured; a name is judged when it is resolved. */
  private @Nullable String objection(Address address) {
    InetAddress literal = literal(address);
    return literal != null && address instanceof Address.Tcp tcp
        ? objection(literal, tcp.port())
        : null;
  }

  private static @Nullable InetAddress literal(Address address) {
    byte[] bytes =
        address instanceof Address.Tcp tcp
            ? NetUtil.createByteArrayFromIpAddressString(tcp.host())
            : null;
    if (bytes == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IP literal has a legal length", e);
    }
  }

  /** The port that a pool's checks go to instead of the backend's; 0: the backend's. */
  static int checkPort(PoolSpec pool) {
    HealthCheckSpec checks = pool.healthCheck();
    return checks == null || checks.type() != HealthCheckSpec.Type.HTTP ? 0 : checks.http().port();
  }

  /**
   * What is against a pool.
   *
   * @param pointer of the pool
   */
  List<Violation> violations(PoolSpec pool, String pointer) {
    List<Violation> violations = new ArrayList<>();
    int checkPort = checkPort(pool);
    for (int i = 0; i < pool.backends().size(); i++) {
      BackendSpec backend = pool.backends().get(i);
      Address address = backend.address();
      String where = pointer + "/backends/" + i + "/address";
      String objection = objection(address);
      if (objection != null) {
        violations.add(
            new Violation(
                where,
                "pool %s: backend %s: %s is refused: %s"
                    .formatted(pool.id(), backend.id(), address, objection)));
      } else if (checkPort != 0
          && address instanceof Address.Tcp(String host, int port)
          && port != checkPort) {
        Address checked = new Address.Tcp(host, checkPort);
        String ofChecks = objection(checked);
        if (ofChecks != null) {
          violations.add(
              new Violation(
                  pointer + "/healthCheck/http/port",
                  "pool %s: checks of %s are refused: %s".formatted(pool.id(), checked, ofChecks)));
        }
      }
    }
    return violations;
  }
}

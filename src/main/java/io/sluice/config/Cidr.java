package io.sluice.config;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Objects;

/**
 * A block of IP addresses.
 *
 * @param network its first address; bits behind the prefix are zero
 * @param prefix 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record Cidr(InetAddress network, int prefix) {

  public Cidr {
    int bits = network.getAddress().length * 8;
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException("prefix " + prefix + " is not within 0.." + bits);
    }
  }

  /** Whether the address lies in this block; an IPv4 address never lies in an IPv6 block. */
  public boolean contains(InetAddress address) {
    byte[] a = address.getAddress();
    byte[] n = network.getAddress();
    if (a.length != n.length) {
      return false;
    }
    int whole = prefix / 8;
    if (!Arrays.equals(a, 0, whole, n, 0, whole)) {
      return false;
    }
    int rest = prefix % 8;
    return rest == 0 || ((a[whole] ^ n[whole]) & (0xFF << (8 - rest)) & 0xFF) == 0;
  }

  @Override
  public String toString() {
    return Objects.requireNonNull(network.getHostAddress()) + "/" + prefix;
  }
}

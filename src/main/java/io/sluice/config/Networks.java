package io.sluice.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** Blocks of IP addresses (CIDR). */
final class Networks {
  private static final Pattern ZEROS = Pattern.compile("(^|:)0(:0)+(:|$)");

  /**
   * Where no backend is, and where clouds offer secrets to whoever asks: link-local networks, and
   * the metadata services that are elsewhere (AWS and Google by IPv6, Alibaba).
   */
  static final List<Cidr> NO_BACKENDS =
      List.of(
          known("169.254.0.0", 16),
          known("fe80::", 10),
          known("fd00:ec2::254", 128),
          known("fd20:ce::254", 128),
          known("100.100.100.200", 32));

  private Networks() {}

  /** The blocks of a list; what is none is reported and left out. */
  static List<Cidr> read(List<YamlValue> items) {
    List<Cidr> networks = new ArrayList<>();
    for (YamlValue item : items) {
      Cidr network = item.parsed(Networks::parse);
      if (network != null) {
        networks.add(network);
      }
    }
    return networks;
  }

  private static Cidr known(String network, int prefix) {
    return new Cidr(InetAddress.ofLiteral(network), prefix);
  }

  /** A block, or a single address for a block of one. */
  static Cidr parse(String text) throws BadValueException {
    int slash = text.indexOf('/');
    String host = slash < 0 ? text : text.substring(0, slash);
    if (!HostNames.isIpv4(host) && !HostNames.isIpv6(host)) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not an IP network: expected an address with or without a prefix length, for"
              + " instance 10.0.0.0/8, 192.0.2.1 or fd00::/8");
    }
    InetAddress address = HostNames.literal(host);
    byte[] bytes = address.getAddress();
    if (host.indexOf(':') >= 0 && bytes.length == 4) {
      throw new BadValueException(
          Quoted.of(text) + " is an IPv4 address in IPv6 form: write it as IPv4");
    }
    int bits = bytes.length * 8;
    int prefix = slash < 0 ? bits : prefix(text, text.substring(slash + 1), bits);
    if (clearHostBits(bytes, prefix)) {
      throw new BadValueException(
          Quoted.of(text)
              + " has bits set behind the prefix: did you mean "
              + Quoted.of(text(of(bytes)) + "/" + prefix)
              + "?");
    }
    return new Cidr(address, prefix);
  }

  private static int prefix(String text, String length, int most) throws BadValueException {
    if (!length.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(length) > most) {
      throw new BadValueException(
          Quoted.of(text) + " has no valid prefix length: expected a number from 0 to " + most);
    }
    return Integer.parseInt(length);
  }

  private static boolean clearHostBits(byte[] bytes, int prefix) {
    boolean any = false;
    for (int i = prefix; i < bytes.length * 8; i++) {
      int bit = 0x80 >> (i % 8);
      any |= (bytes[i / 8] & bit) != 0;
      bytes[i / 8] &= (byte) ~bit;
    }
    return any;
  }

  /**
   * The IPv4 address that an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) stands for, else itself.
   */
  static InetAddress unmapped(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean mapped = bytes.length == 16 && bytes[10] == -1 && bytes[11] == -1;
    for (int i = 0; mapped && i < 10; i++) {
      mapped = bytes[i] == 0;
    }
    return mapped ? of(Arrays.copyOfRange(bytes, 12, 16)) : address;
  }

  private static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  private static String text(InetAddress address) {
    String text = Objects.requireNonNull(address.getHostAddress());
    return text.indexOf(':') >= 0 ? ZEROS.matcher(text).replaceFirst("::") : text;
  }
}

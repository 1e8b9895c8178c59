package io.sluice.config;

import io.sluice.config.ListenerSpec.Certificate;
import io.sluice.config.ListenerSpec.ClientAuth;
import io.sluice.config.ListenerSpec.Hsts;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.config.ListenerSpec.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code tls} of a listener. */
final class ListenerTlsReader {
  private static final Duration LONGEST_HSTS = Duration.ofDays(3650);

  /** What the list for building into browsers asks for (hstspreload.org). */
  private static final Duration PRELOAD_HSTS = Duration.ofDays(365);

  private static final Pattern BUNDLE = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

  private ListenerTlsReader() {}

  /** The settings; null when there are none, or no certificate that can be used (then reported). */
  static @Nullable Tls read(@Nullable YamlMapping tls) {
    if (tls == null) {
      return null;
    }
    List<Certificate> certificates = certificates(tls);
    Version version = tls.value("min-version", ListenerTlsReader::version, Version.TLS_1_2);
    List<String> ciphers = ciphers(tls, version);
    ClientAuth clients = clientAuth(tls.mapping("client-auth", KnownKeys.CLIENT_AUTH));
    boolean tickets = tls.value("tickets", Numbers.BOOL, true);
    Hsts hsts = hsts(tls.mapping("hsts", KnownKeys.HSTS));
    return certificates.isEmpty()
        ? null
        : new Tls(certificates, version, ciphers, clients, tickets, hsts);
  }

  private static List<Certificate> certificates(YamlMapping tls) {
    List<Certificate> certificates = new ArrayList<>();
    YamlValue list = tls.get("certificates");
    YamlValue bundle = tls.get("bundle");
    if (bundle != null) {
      addBundle(bundle, certificates);
      if (list != null) {
        bundle.problem(
            "stands beside 'certificates'; write {bundle: NAME} as an item of that list");
      }
    } else if (list == null) {
      tls.problem(
          "certificates",
          "is missing; expected a list, for instance [{cert: /etc/sluice/tls.crt, key:"
              + " /etc/sluice/tls.key}]");
    }
    List<YamlValue> items = list == null ? List.of() : list.items();
    if (list != null && items != null && items.isEmpty()) {
      list.problem("expected at least one certificate");
    }
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      YamlMapping certificate = item.mapping(KnownKeys.CERTIFICATE);
      if (certificate != null) {
        add(certificate, certificates);
      }
    }
    return certificates;
  }

  private static void add(YamlMapping mapping, List<Certificate> all) {
    YamlValue bundle = mapping.get("bundle");
    if (bundle != null) {
      if (mapping.names("cert") || mapping.names("key")) {
        bundle.problem(
            "stands beside 'cert' or 'key'; a bundle has both, so remove one or the other");
      }
      addBundle(bundle, all);
      return;
    }
    Path cert = file(mapping, "cert", "the path of a PEM file");
    Path key = file(mapping, "key", "the path of a PEM file");
    if (cert != null && key != null) {
      all.add(new Certificate.Files(cert, key));
    }
  }

  private static void addBundle(YamlValue bundle, List<Certificate> all) {
    String name = bundle.parsed(ListenerTlsReader::bundle);
    if (name != null) {
      all.add(new Certificate.Bundle(name));
    }
  }

  private static String bundle(String text) throws BadValueException {
    if (!BUNDLE.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a bundle's name: expected one below spring.ssl.bundle.pem or"
              + " spring.ssl.bundle.jks, of letters, digits, dashes, underscores and dots");
    }
    return text;
  }

  private static @Nullable Path file(YamlMapping mapping, String key, String expected) {
    YamlValue value = mapping.required(key, expected);
    return value == null ? null : value.parsed(Texts::path);
  }

  private static Version version(String text) throws BadValueException {
    return switch (text) {
      case "1.2" -> Version.TLS_1_2;
      case "1.3" -> Version.TLS_1_3;
      case "1", "1.0", "1.1" ->
          throw new BadValueException(
              Quoted.of(text)
                  + " is broken and refused by browsers (RFC 8996): expected 1.2 or 1.3");
      default ->
          throw new BadValueException(
              Quoted.of(text) + " is no version of TLS: expected 1.2 or 1.3");
    };
  }

  private static List<String> ciphers(YamlMapping tls, Version version) {
    YamlValue list = tls.get("ciphers");
    if (list == null) {
      return Tls.INTERMEDIATE;
    }
    List<YamlValue> items = list.items();
    if (items != null && items.isEmpty()) {
      list.problem("expected at least one cipher; leave 'ciphers' out for the default");
    } else if (version == Version.TLS_1_3) {
      list.problem("is of TLS 1.2, and 'min-version: 1.3' rules that out; remove one of both");
    }
    List<String> ciphers = new ArrayList<>();
    Set<String> given = new HashSet<>();
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      String cipher = item.parsed(TlsCiphers::cipher);
      if (cipher != null && !given.add(cipher)) {
        item.problem(Quoted.of(cipher) + " is in the list already");
      } else if (cipher != null) {
        ciphers.add(cipher);
      }
    }
    return ciphers;
  }

  private static ClientAuth clientAuth(@Nullable YamlMapping clients) {
    if (clients == null) {
      return ClientAuth.NONE;
    }
    YamlValue mode = clients.required("mode", "none, optional or required");
    ClientAuth.Mode wanted =
        mode == null ? null : mode.parsed(Texts.constant(ClientAuth.Mode.class));
    Path ca = clients.optional("ca", Texts::path);
    Path crl = clients.optional("crl", Texts::path);
    if (wanted == null || wanted == ClientAuth.Mode.NONE) {
      if (wanted != null && (clients.names("ca") || clients.names("crl"))) {
        clients.problem(
            clients.names("ca") ? "ca" : "crl",
            "has no effect with 'mode: none'; remove it, or ask for certificates");
      }
      return ClientAuth.NONE;
    }
    if (ca == null && !clients.names("ca")) {
      clients.required("ca", "the path of a PEM file with the authorities that are believed");
    }
    return new ClientAuth(wanted, ca, crl);
  }

  private static @Nullable Hsts hsts(@Nullable YamlMapping hsts) {
    if (hsts == null) {
      return null;
    }
    YamlValue age = hsts.required("max-age", "a duration, for instance 8760h for a year");
    Duration maxAge =
        age == null ? null : age.parsed(Durations.within(Duration.ZERO, LONGEST_HSTS));
    boolean subdomains = hsts.value("include-subdomains", Numbers.BOOL, false);
    boolean preload = hsts.value("preload", Numbers.BOOL, false);
    if (maxAge == null) {
      return null;
    }
    if (preload && (!subdomains || maxAge.compareTo(PRELOAD_HSTS) < 0)) {
      hsts.problem(
          "preload",
          "takes 'include-subdomains: true' and a max-age of at least a year (8760h), or no"
              + " browser's list takes the name");
    }
    return new Hsts(maxAge, subdomains, preload);
  }

  // ---------------------------------------------------------------- redirects

  /**
   * Turns the plain listeners that are named by {@code redirect-from} into ones that send their
   * requests here.
   *
   * @param tls the section
   * @param from where it stands
   * @param all the listeners in the order of the file
   */
  static void redirect(YamlMapping tls, ListenerSpec from, List<ListenerSpec> all) {
    Integer port = tls.optional("redirect-port", Numbers.within(1, 65_535));
    YamlValue sources = tls.get("redirect-from");
    if (sources == null) {
      if (tls.names("redirect-port")) {
        tls.problem("redirect-port", "has no effect without 'redirect-from'; remove it");
      }
      return;
    }
    if (port == null && from.address() instanceof Address.Tcp tcp && tcp.port() != 0) {
      port = tcp.port();
    }
    if (port == null && !tls.names("redirect-port")) {
      tls.problem(
          "redirect-from",
          "needs 'redirect-port', because "
              + Quoted.of(from.address().toString())
              + " does not say at which port clients reach this listener");
    }
    List<YamlValue> items = sources.isScalar() ? List.of(sources) : sources.items();
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      Address address = item.parsed(Addresses::listener);
      if (address != null) {
        redirect(item, address, port == null ? 443 : port, all);
      }
    }
  }

  private static void redirect(YamlValue item, Address address, int port, List<ListenerSpec> all) {
    String wanted = Addresses.identity(address);
    for (int i = 0; i < all.size(); i++) {
      ListenerSpec spec = all.get(i);
      if (!Addresses.identity(spec.address()).equals(wanted)) {
        continue;
      }
      if (spec.tls() != null) {
        item.problem(
            Quoted.of(address.toString()) + " has TLS itself: expected a plain listener's address");
      } else if (spec.redirectTo() != 0) {
        item.problem(Quoted.of(address.toString()) + " is sent to another listener already");
      } else {
        all.set(i, spec.withRedirectTo(port));
      }
      return;
    }
    item.problem(
        Quoted.of(address.toString())
            + " is no listener's address; add '- address: "
            + Quoted.plain(address.toString())
            + "' to sluice.listeners");
  }
}

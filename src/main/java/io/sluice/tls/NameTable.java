package io.sluice.tls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which certificates are for which name: the exact name wins over a wildcard, which stands for one
 * label (RFC 6125 6.4.3), and for whoever asks for none of them there is the first. Of several for
 * one name ECDSA's come first, which are cheaper, and RSA's are for those who cannot take them.
 *
 * @param <T> what goes with a certificate
 */
final class NameTable<T> {
  private final Map<String, List<Entry<T>>> byName = new HashMap<>();
  private final List<Entry<T>> byDefault;

  private record Entry<T>(int curveBits, T value) {}

  /**
   * In the configuration's order.
   *
   * @param certificates at least one
   * @param values what goes with each
   */
  NameTable(List<ServerCertificate> certificates, List<T> values) {
    for (int i = 0; i < values.size(); i++) {
      ServerCertificate certificate = certificates.get(i);
      Entry<T> entry = new Entry<>(certificate.curveBits(), values.get(i));
      for (String name : certificate.names()) {
        byName.computeIfAbsent(name, any -> new ArrayList<>()).add(entry);
      }
    }
    byName.values().forEach(entries -> entries.sort(Comparator.comparing(e -> e.curveBits == 0)));
    ServerCertificate first = certificates.getFirst();
    List<Entry<T>> sameNames =
        first.names().isEmpty()
            ? List.of()
            : byName.getOrDefault(first.names().getFirst(), List.of());
    byDefault =
        sameNames.isEmpty()
            ? List.of(new Entry<>(first.curveBits(), values.getFirst()))
            : List.copyOf(sameNames);
  }

  /** What is for this client. */
  T choose(ClientHello hello) {
    List<Entry<T>> entries = of(hello.serverName());
    for (Entry<T> entry : entries) {
      if (entry.curveBits == 0 || hello.takesEcdsa(entry.curveBits)) {
        return entry.value;
      }
    }
    return entries.getFirst().value; // the library finds the right words for a refusal
  }

  private List<Entry<T>> of(@Nullable String name) {
    List<Entry<T>> found = name == null ? null : byName.get(name);
    int dot = name == null || found != null ? -1 : name.indexOf('.');
    if (name != null && dot > 0) {
      found = byName.get("*" + name.substring(dot));
    }
    return found == null ? byDefault : found;
  }
}

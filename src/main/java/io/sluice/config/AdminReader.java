package io.sluice.config;

import io.sluice.config.Configuration.Admin;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code sluice.admin}. */
final class AdminReader {
  private static final Pattern BASE_PATH =
      Pattern.compile("/|(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}");
  private static final int LONGEST_BASE_PATH = 256;

  private AdminReader() {}

  static Admin read(@Nullable YamlMapping admin) {
    Admin byDefault = Admin.DEFAULT;
    if (admin == null) {
      return byDefault;
    }
    YamlMapping backends = admin.mapping("backend-addresses", KnownKeys.BACKEND_ADDRESSES);
    YamlValue denied = backends == null ? null : backends.get("deny");
    return new Admin(
        admin.value("address", Addresses::admin, byDefault.address()),
        admin.value("base-path", AdminReader::basePath, byDefault.basePath()),
        admin.optional("password-file", Texts::path),
        admin.optional("token-file", Texts::path),
        admin.get("allowed-hosts") == null
            ? byDefault.allowedHosts()
            : hosts(admin.items("allowed-hosts")),
        denied == null || backends == null
            ? byDefault.deniedBackends()
            : Networks.read(backends.items("deny")));
  }

  private static String basePath(String text) throws BadValueException {
    if (text.length() > LONGEST_BASE_PATH || !BASE_PATH.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a base path: expected / or up to 8 segments of letters, digits, dashes,"
              + " underscores, tildes and inner dots, without a slash at the end, for instance"
              + " /sluice");
    }
    return text;
  }

  private static List<String> hosts(List<YamlValue> items) {
    Set<String> hosts = new LinkedHashSet<>();
    for (YamlValue item : items) {
      String host = item.parsed(HostNames::name);
      if (host != null && !hosts.add(host)) {
        item.problem(Quoted.of(host) + " is given twice");
      }
    }
    return List.copyOf(hosts);
  }
}

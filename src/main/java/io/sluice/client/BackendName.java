package io.sluice.client;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A backend as it is typed: {@code POOL/ID}, or the id alone in the pool {@code default}. */
record BackendName(String pool, String id) {

  static final class Converter implements ITypeConverter<BackendName> {
    @Override
    public BackendName convert(String text) {
      int slash = text.indexOf('/');
      BackendName name =
          slash < 0
              ? new BackendName("default", text)
              : new BackendName(text.substring(0, slash), text.substring(slash + 1));
      if (name.pool.isEmpty() || name.id.isEmpty()) {
        throw new TypeConversionException(
            "'" + text + "' names no backend; expected POOL/ID, for instance default/b2");
      }
      return name;
    }
  }

  /** Its resource, behind {@code /api/v1}. */
  String path() {
    return "/pools/" + ApiClient.encoded(pool) + "/backends/" + ApiClient.encoded(id);
  }

  @Override
  public String toString() {
    return pool + "/" + id;
  }
}

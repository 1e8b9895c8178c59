package io.sluice.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.json.JsonMapper;

/** Answers of the API's controllers, for pages that show them. */
final class Trees {
  /** Of what this program itself has written, which {@link JsonText}'s limits are not for. */
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Trees() {}

  /** The document of an answer. */
  static Map<String, @Nullable Object> of(ResponseEntity<byte[]> answer) {
    return object(JSON.readValue(Objects.requireNonNull(answer.getBody()), Object.class));
  }

  /** An object's members; none of what is no object. */
  static Map<String, @Nullable Object> object(@Nullable Object tree) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    if (tree instanceof Map<?, ?> object) {
      object.forEach((name, value) -> members.put(String.valueOf(name), value));
    }
    return members;
  }

  /** A list's objects. */
  static List<Map<String, @Nullable Object>> objects(@Nullable Object tree) {
    List<Map<String, @Nullable Object>> objects = new ArrayList<>();
    if (tree instanceof List<?> list) {
      list.forEach(each -> objects.add(object(each)));
    }
    return objects;
  }
}

package io.sluice.store;

import org.jspecify.annotations.Nullable;

/**
 * Who does something.
 *
 * @param name a user's or token's name; {@code system} for Sluice itself, {@code file} for the
 *     configuration file
 * @param role {@code viewer}, {@code operator}, {@code admin} or empty
 * @param how {@code session}, {@code token:ID}, {@code file} or {@code system}
 * @param address the peer's IP address; null: none
 */
public record Actor(String name, String role, String how, @Nullable String address) {
  /** Sluice itself. */
  public static final Actor SYSTEM = new Actor("system", "", "system", null);

  /** The configuration file. */
  public static final Actor FILE = new Actor("file", "", "file", null);
}

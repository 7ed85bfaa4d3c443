// Owns: making the hashes of passwords that authentication reads.

namespace TinyHost;

/// <summary>
/// Password hashes for <see cref="AuthenticationOptions"/>, by PBKDF2 with HMAC-SHA-256 (RFC 8018), written as
/// <c>$pbkdf2-sha256$i=600000$SALT$HASH</c>: the number of iterations, then salt and hash in base64 without padding.
/// </summary>
public static class PasswordHash
{
    /// <summary>The default number of iterations, 600,000: OWASP's recommendation of 2023 for PBKDF2 with HMAC-SHA-256.</summary>
    public const int DefaultIterations = 600_000;

    /// <summary>
    /// A hash of a password with a random salt of 16 bytes. Throws <see cref="ArgumentException"/> for a password that is blank or can
    /// never be sent, and <see cref="ArgumentOutOfRangeException"/> for fewer than 1,000 or more than 10,000,000 iterations.
    /// </summary>
    public static string Create(string password, int iterations = DefaultIterations)
    {
        CredentialText.ThrowUnlessSendable(password, "The password", nameof(password));
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, Pbkdf2.MinIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, Pbkdf2.MaxIterations);
        return Pbkdf2.Hash(password, iterations);
    }
}

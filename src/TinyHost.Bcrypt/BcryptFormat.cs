// Owns: bcrypt's text form, and what it costs to verify.

using System.Buffers;
using System.Globalization;

namespace TinyHost.Bcrypt;

/// <summary>
/// Password hashes of bcrypt: <c>$2a$</c>, <c>$2b$</c> or <c>$2y$</c>, a cost from 4 to 31, and 53 characters. Only the first 72 bytes of a
/// password count, as everywhere. No password contains NUL.
/// </summary>
public sealed class BcryptFormat : PasswordFormat
{
    private const int Length = 60;
    private const int SaltAt = 7;

    private static readonly SearchValues<char> s_digits =
        SearchValues.Create("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <inheritdoc />
    public override bool Recognizes(string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return hash.StartsWith("$2", StringComparison.Ordinal);
    }

    /// <inheritdoc />
    public override string? FindFault(string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return hash.Length != Length
                ? string.Create(CultureInfo.InvariantCulture, $"it has {hash.Length} characters; a hash of bcrypt has {Length}")
            : hash[2] is not ('a' or 'b' or 'y') || hash[3] != '$' || hash[SaltAt - 1] != '$'
                ? "it must begin with $2a$, $2b$ or $2y$ and a cost"
            : !int.TryParse(hash.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var cost) || cost is < 4 or > 31
                ? $"its cost is {hash[4..6]}; it must be from 04 to 31"
            : hash.AsSpan(SaltAt).ContainsAnyExcept(s_digits) ? "it has a character that is not one of bcrypt's digits"
            : null;
    }

    /// <inheritdoc />
    public override bool Verify(string password, string hash)
    {
        ArgumentNullException.ThrowIfNull(password);
        // bcrypt repeats a password that ends with NUL: one with NUL in it could stand for a shorter one.
        return !password.Contains('\0', StringComparison.Ordinal) && BCrypt.Net.BCrypt.Verify(password, hash);
    }
}

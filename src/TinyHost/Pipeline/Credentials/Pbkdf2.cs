// Owns: the format $pbkdf2-sha256$i=ITERATIONS$SALT$HASH, the PHC string format with the parameter i.

using System.Globalization;
using System.Security.Cryptography;

namespace TinyHost;

internal sealed class Pbkdf2 : PasswordFormat
{
    internal const int MinIterations = 1_000;
    // A few seconds.
    internal const int MaxIterations = 10_000_000;

    private const string Prefix = "$pbkdf2-sha256$";
    private const int SaltSize = 16;
    private const int MinSaltSize = 8;
    private const int HashSize = 32;
    private const int MaxPartLength = 128;

    internal static Pbkdf2 Instance { get; } = new();

    public override bool Recognizes(string hash) => hash.StartsWith("$pbkdf2", StringComparison.Ordinal);

    public override string? FindFault(string hash) => Read(hash, out _, out _, out _);

    public override bool Verify(string password, string hash)
    {
        if (Read(hash, out var iterations, out var salt, out var expected) is { } fault)
        {
            throw new FormatException($"A password hash is invalid: {fault}");
        }

        return CryptographicOperations.FixedTimeEquals(
            Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashSize), expected);
    }

    internal static string Hash(string password, int iterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashSize);
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}i={iterations}${Write(salt)}${Write(hash)}");
    }

    // The fault; null for none.
    private static string? Read(string text, out int iterations, out byte[] salt, out byte[] hash)
    {
        (iterations, salt, hash) = (0, [], []);
        var parts = text.Split('$');
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || parts.Length != 5 || !parts[2].StartsWith("i=", StringComparison.Ordinal))
        {
            return "it must have the form $pbkdf2-sha256$i=600000$SALT$HASH";
        }

        if (!int.TryParse(parts[2].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out iterations)
            || iterations is < MinIterations or > MaxIterations)
        {
            return $"its number of iterations, {parts[2][2..]}, must be from {MinIterations} to {MaxIterations}";
        }

        return !TryRead(parts[3], out salt) || salt.Length < MinSaltSize ? $"its salt must be at least {MinSaltSize} bytes in base64"
            : !TryRead(parts[4], out hash) || hash.Length != HashSize ? $"its hash must be {HashSize} bytes in base64"
            : null;
    }

    private static string Write(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static bool TryRead(string text, out byte[] bytes)
    {
        var unpadded = text.TrimEnd('=');
        Span<byte> buffer = stackalloc byte[MaxPartLength];
        var isRead = Convert.TryFromBase64String(
            unpadded.Length > MaxPartLength ? "?" : unpadded.PadRight((unpadded.Length + 3) / 4 * 4, '='), buffer, out var length);
        bytes = buffer[..length].ToArray();
        return isRead;
    }
}

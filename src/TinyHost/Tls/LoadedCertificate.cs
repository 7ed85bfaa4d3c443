// Owns: a server certificate that has been loaded, with its names.

using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <param name="Leaf">The certificate with its private key.</param>
/// <param name="Chain">The other certificates that came with it.</param>
/// <param name="Names">The server names it is for.</param>
/// <param name="Source">Where it came from, for messages.</param>
internal sealed record LoadedCertificate(
    X509Certificate2 Leaf, X509Certificate2Collection Chain, IReadOnlyList<string> Names, string Source)
{
    internal DateTimeOffset NotBefore => new(Leaf.NotBefore);

    internal DateTimeOffset NotAfter => new(Leaf.NotAfter);

    /// <summary>The name that stands for the certificate in metrics: its first one, or the subject.</summary>
    internal string DisplayName => Names.Count > 0 ? Names[0] : Leaf.Subject;

    /// <summary>What a user should know at once, as the end of a sentence about the certificate; null for nothing.</summary>
    internal string? Warning(DateTimeOffset now) =>
        now > NotAfter ? FormattableString.Invariant($"expired on {NotAfter.UtcDateTime:yyyy-MM-dd}")
        : now < NotBefore ? FormattableString.Invariant($"is not valid before {NotBefore.UtcDateTime:yyyy-MM-dd}")
        : null;

    /// <summary>The DNS names of a certificate; its common name if it has none (RFC 9110 §4.3.4).</summary>
    internal static IReadOnlyList<string> NamesOf(X509Certificate2 certificate)
    {
        var names = AlternativeNames.Of(certificate).DnsNames;
        if (names.Count > 0)
        {
            return names;
        }

        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return name.Length > 0 ? [name] : [];
    }
}

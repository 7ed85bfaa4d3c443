// Owns: finding a server certificate in a certificate store of the system.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

internal static class CertificateStore
{
    /// <exception cref="TlsFault">There is no such store, or no such certificate with a private key.</exception>
    internal static LoadedCertificate Find(TlsCertificate source)
    {
        if (source is { Thumbprint: not null, Subject: not null })
        {
            throw new TlsFault("a certificate has both a Thumbprint and a Subject; leave one of them");
        }

        using var store = Open(source.Store);
        var found = source.Thumbprint is { } thumbprint
            ? store.Certificates.Find(X509FindType.FindByThumbprint, Digits(thumbprint), validOnly: false)
            : store.Certificates.Find(X509FindType.FindBySubjectName, source.Subject!, validOnly: false);
        var wanted = source.Thumbprint is null ? $"subject '{source.Subject}'" : $"thumbprint '{source.Thumbprint}'";
        if (found.Count == 0)
        {
            throw new TlsFault($"the certificate store {source.Store} has no certificate with the {wanted}");
        }

        var newest = found.Where(certificate => certificate.HasPrivateKey).MaxBy(certificate => new DateTimeOffset(certificate.NotAfter));
        return newest is null
            ? throw new TlsFault($"the certificate with the {wanted} in the store {source.Store} has no private key that can be used")
            // The stores have the certificates between it and its authority.
            : CertificateLoading.WithKey(newest, [], $"the store {source.Store}");
    }

    private static X509Store Open(string text)
    {
        var slash = text.IndexOf('/');
        if (slash <= 0 || slash == text.Length - 1 || !Enum.TryParse<StoreLocation>(text[..slash], ignoreCase: true, out var location)
            || !Enum.IsDefined(location))
        {
            throw new TlsFault($"the Store is '{text}'; it must be CurrentUser/NAME or LocalMachine/NAME, such as CurrentUser/My");
        }

        try
        {
            return new X509Store(text[(slash + 1)..], location, OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
        }
        catch (CryptographicException e)
        {
            throw new TlsFault($"the certificate store {text} cannot be opened: {e.Message.TrimEnd('.')}", e);
        }
    }

    // Windows shows thumbprints with spaces, and copies an invisible mark before the first digit.
    private static string Digits(string thumbprint) => new([.. thumbprint.Where(char.IsAsciiHexDigit)]);
}

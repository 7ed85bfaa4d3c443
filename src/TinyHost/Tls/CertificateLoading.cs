// Owns: loading a server certificate from its source, and the sentence about whatever is wrong with it.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>Every method throws <see cref="TlsFault"/> for a certificate that cannot be served.</summary>
internal static class CertificateLoading
{
    private const string CertificateFile = "the certificate file";
    private const string KeyFile = "the key file";

    internal static LoadedCertificate Load(TlsCertificate source)
    {
        var sources = (source.Path is null ? 0 : 1) + (source.Pem is null ? 0 : 1) + (source.Certificate is null ? 0 : 1)
            + (source.Thumbprint is null && source.Subject is null ? 0 : 1);
        if (sources != 1)
        {
            throw new TlsFault(sources == 0
                ? "a certificate is missing: set Certificate to a PEM or PFX file, or Thumbprint or Subject to find one in a store"
                : "a certificate has several sources; leave one of the file, the text, the store and the object");
        }

        var loaded = source switch
        {
            { Path: { } path } => FromFile(source, PemFile.Read(path, CertificateFile)),
            { Pem: { } text } => FromFile(source, PemFile.Of(text, nameof(source.Pem))),
            { Certificate: { } certificate } => WithKey(certificate, [.. source.Chain], "the certificate object"),
            _ => CertificateStore.Find(source),
        };
        return source.Names.Count > 0 ? loaded with { Names = [.. source.Names] } : loaded;
    }

    /// <summary>The certificate if its private key is there.</summary>
    internal static LoadedCertificate WithKey(X509Certificate2 certificate, X509Certificate2Collection chain, string source) =>
        certificate.HasPrivateKey
            ? new LoadedCertificate(certificate, chain, LoadedCertificate.NamesOf(certificate), source)
            : throw new TlsFault($"{source} has no private key");

    private static LoadedCertificate FromFile(TlsCertificate source, PemFile file) =>
        file.HasBlocks ? FromPem(source, file)
        : source is { Pem: null, KeyPath: null, KeyPem: null } ? FromPfx(source, file)
        : throw new TlsFault($"{file.Name} contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)");

    private static LoadedCertificate FromPem(TlsCertificate source, PemFile file)
    {
        var chain = file.Certificates();
        if (chain.Count == 0)
        {
            throw new TlsFault($"{file.Name} contains no certificate (-----BEGIN CERTIFICATE-----)");
        }

        var leaf = chain[0];
        chain.RemoveAt(0);
        var keyFile = source switch
        {
            { KeyPath: not null, KeyPem: not null } => throw new TlsFault("a certificate has both a key file and a key text; leave one"),
            { KeyPath: { } path } => PemFile.Read(path, KeyFile),
            { KeyPem: { } text } => PemFile.Of(text, nameof(source.KeyPem)),
            _ => file,
        };
        return new LoadedCertificate(
            ForSystem(WithPemKey(leaf, file, keyFile, source.Password)), chain, LoadedCertificate.NamesOf(leaf), file.Name);
    }

    private static X509Certificate2 WithPemKey(X509Certificate2 leaf, PemFile file, PemFile keyFile, string? password)
    {
        if (!keyFile.TryFindKey(out var label, out var block))
        {
            throw new TlsFault(keyFile.HasOldEncryption
                ? $"the key in {keyFile.Name} is encrypted in an old form; convert it with: openssl pkcs8 -topk8"
                : keyFile == file
                    ? $"{file.Name} contains no private key; set Key to the file that does"
                    : $"the key file {keyFile.Name} contains no private key (-----BEGIN PRIVATE KEY-----)");
        }

        if (label == "ENCRYPTED PRIVATE KEY" && password is null)
        {
            throw new TlsFault($"the key in {keyFile.Name} is encrypted; set Password");
        }

        return leaf.GetKeyAlgorithm() switch
        {
            "1.2.840.113549.1.1.1" => WithKey(leaf, RSA.Create(), RSACertificateExtensions.CopyWithPrivateKey),
            "1.2.840.10045.2.1" => WithKey(leaf, ECDsa.Create(), ECDsaCertificateExtensions.CopyWithPrivateKey),
            var other => throw new TlsFault($"the certificate in {file.Name} has a key of the kind {other}; it must be RSA or EC"),
        };

        X509Certificate2 WithKey<T>(X509Certificate2 certificate, T key, Func<X509Certificate2, T, X509Certificate2> join)
            where T : AsymmetricAlgorithm
        {
            using (key)
            {
                Import(key, block, label == "ENCRYPTED PRIVATE KEY" ? password : null, keyFile);
                try
                {
                    return join(certificate, key);
                }
                catch (Exception e) when (e is ArgumentException or CryptographicException)
                {
                    throw new TlsFault($"the key in {keyFile.Name} does not belong to the certificate in {file.Name}", e);
                }
            }
        }
    }

    private static void Import(AsymmetricAlgorithm key, string block, string? password, PemFile file)
    {
        try
        {
            if (password is null)
            {
                key.ImportFromPem(block);
            }
            else
            {
                key.ImportFromEncryptedPem(block, password);
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new TlsFault(
                password is null
                    ? $"the key in {file.Name} is broken or of another kind than the certificate's"
                    : $"the key in {file.Name} cannot be decrypted with the Password",
                e);
        }
    }

    private static LoadedCertificate FromPfx(TlsCertificate source, PemFile file)
    {
        X509Certificate2Collection all;
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(file.Bytes, source.Password);
        }
        catch (CryptographicException e)
        {
            throw new TlsFault(
                IsCertificate(file.Bytes) ? $"{file.Name} contains a certificate without its private key; use a PFX file, or PEM and Key"
                : IsPfx(file.Bytes) ? source.Password is null
                    ? $"the PFX file {file.Name} cannot be opened without a password; set Password"
                    : $"the PFX file {file.Name} cannot be opened with the Password"
                : $"{file.Name} is neither a PEM file (-----BEGIN CERTIFICATE-----) nor a PFX file",
                e);
        }

        if (all.FirstOrDefault(certificate => certificate.HasPrivateKey) is not { } leaf)
        {
            throw new TlsFault($"the PFX file {file.Name} contains no private key");
        }

        all.Remove(leaf);
        return WithKey(leaf, all, file.Name);
    }

    private static bool IsCertificate(byte[] bytes)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(bytes);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // A PFX is a SEQUENCE that begins with the INTEGER 3 (RFC 7292 §4); the length before it has one to five bytes.
    private static bool IsPfx(byte[] bytes) =>
        bytes is [0x30, ..] && bytes.AsSpan(0, Math.Min(bytes.Length, 10)).IndexOf("\u0002\u0001\u0003"u8) > 0;

    // Windows does TLS in another process, which cannot use keys that exist in memory only.
    private static X509Certificate2 ForSystem(X509Certificate2 certificate) =>
        OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null)
            : certificate;
}

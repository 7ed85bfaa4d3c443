// Owns: certificates for tests, issued by an authority of their own.

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost.Tests.Support;

internal sealed class TestAuthority
{
    private static readonly DateTimeOffset s_from = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset s_until = DateTimeOffset.UtcNow.AddDays(30);

    internal TestAuthority(string name = "Test Authority", TestAuthority? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = issuer is null
            ? request.CreateSelfSigned(s_from, s_until)
            : request.Create(issuer.Certificate, s_from, s_until, Serial()).CopyWithPrivateKey(key);
    }

    /// <summary>The authority's own certificate, with its key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>Its own certificate without the key.</summary>
    internal X509Certificate2 Public => X509CertificateLoader.LoadCertificate(Certificate.RawData);

    /// <summary>A certificate with its key. Without names it is for localhost and 127.0.0.1.</summary>
    internal X509Certificate2 Issue(
        Action<SubjectAlternativeNameBuilder>? addNames = null,
        string subject = "test",
        DateTimeOffset? until = null,
        bool isRsa = false,
        string? download = null)
    {
        using AsymmetricAlgorithm key = isRsa ? RSA.Create(2_048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest($"CN={subject}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={subject}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        addNames ??= static names =>
        {
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
        };
        addNames(names);
        if (names.Build() is { RawData.Length: > 2 } extension)
        {
            request.CertificateExtensions.Add(extension);
        }

        if (download is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([$"{download}/ocsp"], [$"{download}/issuer"]));
        }

        var end = until ?? s_until.AddDays(-1);
        var begin = end < s_from ? end.AddDays(-1) : s_from.AddMinutes(1);
        var generator = X509SignatureGenerator.CreateForECDsa(Certificate.GetECDsaPrivateKey()!);
        using var issued = request.Create(Certificate.SubjectName, generator, begin, end, Serial());
        return key is RSA rsaKey ? issued.CopyWithPrivateKey(rsaKey) : issued.CopyWithPrivateKey((ECDsa)key);
    }

    /// <summary>The certificates as PEM, one after the other.</summary>
    internal static string Pem(params X509Certificate2[] certificates) =>
        string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem() + "\n"));

    /// <summary>The private key as PEM, encrypted if a password is given.</summary>
    internal static string KeyPem(X509Certificate2 certificate, string? password = null)
    {
        using var key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()!;
        return password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(
                password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000));
    }

    private static byte[] Serial() => [1, .. RandomNumberGenerator.GetBytes(8)];
}

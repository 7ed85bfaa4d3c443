// Owns: the certificate of the servers that are measured over TLS.

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost.Bench.Servers;

/// <summary>Self-signed, with an EC key, in PEM files that every server reads.</summary>
internal static class BenchCertificate
{
    public const string CertificateFile = "bench.pem";
    public const string KeyFile = "bench.key";

    /// <summary>Writes the files to a directory.</summary>
    public static void Write(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=TinyHost benchmarks", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Path.Combine(directory, CertificateFile), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, KeyFile), key.ExportPkcs8PrivateKeyPem());
    }
}

using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>What is loaded, and the sentence about everything that cannot be.</summary>
public sealed class TlsSettingsTests : IDisposable
{
    private const string Password = "secret";
    private static readonly TestAuthority s_root = new("Root");
    private static readonly TestAuthority s_between = new("Between", s_root);
    private static readonly X509Certificate2 s_leaf = s_between.Issue();
    private static readonly X509Certificate2 s_rsa = s_between.Issue(isRsa: true);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("EC")]
    [InlineData("RSA")]
    [InlineData("RSA in its own form")]
    [InlineData("EC in its own form")]
    [InlineData("EC, encrypted")]
    [InlineData("RSA, encrypted")]
    [InlineData("EC, in one file")]
    [InlineData("EC, key first in one file")]
    [InlineData("EC, as Windows writes text")]
    public void PEM_files_are_loaded_with_their_chain(string kind)
    {
        var leaf = kind.StartsWith("RSA", StringComparison.Ordinal) ? s_rsa : s_leaf;
        var isEncrypted = kind.EndsWith("encrypted", StringComparison.Ordinal);
        var key = kind switch
        {
            "RSA in its own form" => leaf.GetRSAPrivateKey()!.ExportRSAPrivateKeyPem(),
            "EC in its own form" => leaf.GetECDsaPrivateKey()!.ExportECPrivateKeyPem(),
            _ => TestAuthority.KeyPem(leaf, isEncrypted ? Password : null),
        };
        var pem = TestAuthority.Pem(leaf, s_between.Public, s_root.Public);
        if (kind == "EC, as Windows writes text")
        {
            (pem, key) = ("\uFEFF" + pem.ReplaceLineEndings("\r\n"), "\uFEFF" + key.ReplaceLineEndings("\r\n"));
        }

        var source = new TlsCertificate { Password = isEncrypted ? Password : null };
        if (kind.Contains("one file", StringComparison.Ordinal))
        {
            source.Path = _folder.Write("all.pem", kind.Contains("first", StringComparison.Ordinal) ? $"{key}\n{pem}" : $"{pem}\n{key}\n");
        }
        else
        {
            (source.Path, source.KeyPath) = (_folder.Write("site.pem", pem), _folder.Write("site.key", key));
        }

        Check(CertificateLoading.Load(source), leaf, 2);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void PEM_texts_stand_for_files(bool isText, bool isKeyText)
    {
        var (pem, key) = (TestAuthority.Pem(s_leaf, s_between.Public), TestAuthority.KeyPem(s_leaf));
        var source = new TlsCertificate
        {
            Path = isText ? null : _folder.Write("site.pem", pem),
            Pem = isText ? pem : null,
            KeyPath = isKeyText ? null : _folder.Write("site.key", key),
            KeyPem = isKeyText ? key : null,
        };
        Check(CertificateLoading.Load(source), s_leaf, 1);
        Check(CertificateLoading.Load(source.Copy(null)), s_leaf, 1);
        Assert.True(source.IsSameAs(source.Copy(null)));
        Assert.Equal(isText && isKeyText ? 0 : 1, TlsSettings.FilesOf(new TlsOptions { Certificates = { source } }).Count);
    }

    [Fact]
    public void A_PEM_text_that_cannot_be_used_is_named_and_not_shown()
    {
        var (pem, key) = (TestAuthority.Pem(s_leaf), TestAuthority.KeyPem(s_leaf));
        AssertFault("Pem contains no certificate (-----BEGIN CERTIFICATE-----)", new() { Pem = key });
        AssertFault("Pem contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)", new() { Pem = "site.pem" });
        AssertFault("Pem contains no private key; set Key to the file that does", new() { Pem = pem });
        AssertFault("the key file KeyPem contains no private key (-----BEGIN PRIVATE KEY-----)", new() { Pem = pem, KeyPem = pem });
        AssertFault(
            "the key in KeyPem does not belong to the certificate in Pem",
            new() { Pem = pem, KeyPem = TestAuthority.KeyPem(s_between.Issue()) });
        AssertFault("a certificate has both a key file and a key text; leave one", new() { Pem = pem, KeyPem = key, KeyPath = "a" });
        AssertFault(
            "a certificate has several sources; leave one of the file, the text, the store and the object",
            new() { Pem = pem, Path = "a" });

        static void AssertFault(string expected, TlsCertificate source) =>
            Assert.Equal(expected, Assert.Throws<TlsFault>(() => CertificateLoading.Load(source)).Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Password)]
    public void A_PFX_file_is_loaded_with_its_chain(string? password)
    {
        var path = _folder.PathOf("site.pfx");
        File.WriteAllBytes(path, new X509Certificate2Collection { s_between.Public, s_leaf }.Export(X509ContentType.Pkcs12, password)!);
        Check(CertificateLoading.Load(new TlsCertificate { Path = path, Password = password }), s_leaf, 1);
    }

    [Fact]
    public void A_certificate_can_be_an_object_with_names_of_its_own()
    {
        var loaded = CertificateLoading.Load(new TlsCertificate
        {
            Certificate = s_leaf,
            Chain = { s_between.Public },
            Names = { "a.example" },
        });
        Assert.Same(s_leaf, loaded.Leaf);
        Assert.Single(loaded.Chain);
        Assert.Equal(["a.example"], loaded.Names);
    }

    [Fact]
    public void A_certificate_is_found_in_a_store_by_its_thumbprint_and_by_its_subject()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "macOS asks the user about its stores");
        var subject = $"tinyhost-{Guid.NewGuid():N}";
        var (old, recent) = (s_root.Issue(subject: subject, until: DateTimeOffset.UtcNow.AddDays(1)), s_root.Issue(subject: subject));
        using var store = new X509Store("My", StoreLocation.CurrentUser, OpenFlags.ReadWrite);
        try
        {
            store.Add(recent);
            store.Add(old);
            store.Add(X509CertificateLoader.LoadCertificate(s_between.Issue(subject: subject).RawData));
            Assert.Equal(recent.Thumbprint, CertificateLoading.Load(new TlsCertificate { Subject = subject }).Leaf.Thumbprint);
            var spaced = string.Join(' ', old.Thumbprint.ToLowerInvariant().Chunk(2).Select(digits => new string(digits)));
            Assert.Equal(old.Thumbprint, CertificateLoading.Load(new TlsCertificate { Thumbprint = spaced }).Leaf.Thumbprint);
        }
        finally
        {
            store.RemoveRange(store.Certificates.Find(X509FindType.FindBySubjectName, subject, validOnly: false));
        }
    }

    [Theory]
    [InlineData("store:none", "the certificate store CurrentUser/My has no certificate with the subject 'tinyhost-none'")]
    [InlineData(
        "store:CurrentUser", "the Store is 'CurrentUser'; it must be CurrentUser/NAME or LocalMachine/NAME, such as CurrentUser/My")]
    [InlineData("store:Any/My", "the Store is 'Any/My'; it must be CurrentUser/NAME or LocalMachine/NAME, such as CurrentUser/My")]
    [InlineData("store:both", "a certificate has both a Thumbprint and a Subject; leave one of them")]
    [InlineData(
        "nothing", "a certificate is missing: set Certificate to a PEM or PFX file, or Thumbprint or Subject to find one in a store")]
    [InlineData("two sources", "a certificate has several sources; leave one of the file, the text, the store and the object")]
    [InlineData("object without key", "the certificate object has no private key")]
    [InlineData("no file", "the certificate file '{}no.pem' cannot be read: no such file")]
    [InlineData("no folder", "the certificate file '{}no/no.pem' cannot be read: no such file")]
    [InlineData("folder", "the certificate file '{}folder' cannot be read: it is a directory")]
    [InlineData("no key file", "the key file '{}no.key' cannot be read: no such file")]
    [InlineData("too large", "the certificate file '{}site.pem' cannot be read: it has 1048577 bytes; such files have at most 1048576")]
    [InlineData("empty", "'{}site.pem' is neither a PEM file (-----BEGIN CERTIFICATE-----) nor a PFX file")]
    [InlineData("empty with key", "'{}site.pem' contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)")]
    [InlineData("key alone", "'{}site.pem' contains no certificate (-----BEGIN CERTIFICATE-----)")]
    [InlineData("broken certificate", "a certificate in '{}site.pem' is broken: ")]
    [InlineData("certificate alone", "'{}site.pem' contains no private key; set Key to the file that does")]
    [InlineData("certificate for key", "the key file '{}site.key' contains no private key (-----BEGIN PRIVATE KEY-----)")]
    [InlineData("other key", "the key in '{}site.key' does not belong to the certificate in '{}site.pem'")]
    [InlineData("key of another kind", "the key in '{}site.key' is broken or of another kind than the certificate's")]
    [InlineData("broken key", "the key in '{}site.key' is broken or of another kind than the certificate's")]
    [InlineData("no password", "the key in '{}site.key' is encrypted; set Password")]
    [InlineData("wrong password", "the key in '{}site.key' cannot be decrypted with the Password")]
    [InlineData("old encryption", "the key in '{}site.key' is encrypted in an old form; convert it with: openssl pkcs8 -topk8")]
    [InlineData("PFX without password", "the PFX file '{}site.pfx' cannot be opened without a password; set Password")]
    [InlineData("PFX with wrong password", "the PFX file '{}site.pfx' cannot be opened with the Password")]
    [InlineData("PFX without key", "the PFX file '{}site.pfx' contains no private key")]
    [InlineData("DER", "'{}site.pfx' contains a certificate without its private key; use a PFX file, or PEM and Key")]
    public void A_certificate_that_cannot_be_loaded_is_described_in_one_sentence(string what, string expected)
    {
        var fault = Assert.Throws<TlsFault>(() => CertificateLoading.Load(Broken(what)));
        Assert.StartsWith(expected.Replace("{}", _folder.Root + "/", StringComparison.Ordinal), fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.DoesNotContain(Password, fault.Message, StringComparison.Ordinal);
    }

    private TlsCertificate Broken(string what)
    {
        var pem = TestAuthority.Pem(s_leaf);
        var key = TestAuthority.KeyPem(s_leaf);
        return what switch
        {
            "store:none" => new() { Subject = "tinyhost-none" },
            "store:both" => new() { Subject = "a", Thumbprint = "b" },
            _ when what.StartsWith("store:", StringComparison.Ordinal) => new() { Subject = "a", Store = what["store:".Length..] },
            "nothing" => new(),
            "two sources" => new() { Path = "a", Certificate = s_leaf },
            "object without key" => new() { Certificate = s_root.Public },
            "no file" => new() { Path = _folder.PathOf("no.pem") },
            "no folder" => new() { Path = _folder.PathOf("no/no.pem") },
            "folder" => new() { Path = Directory.CreateDirectory(_folder.PathOf("folder")).FullName },
            "no key file" => new() { Path = _folder.Write("site.pem", pem), KeyPath = _folder.PathOf("no.key") },
            "too large" => new() { Path = _folder.Write("site.pem", new string('a', 1_048_577)) },
            "empty" => new() { Path = _folder.Write("site.pem", "") },
            "empty with key" => Files("", key),
            "key alone" => new() { Path = _folder.Write("site.pem", key) },
            "broken certificate" => Files(pem.Replace("MII", "AAA", StringComparison.Ordinal), key),
            "certificate alone" => new() { Path = _folder.Write("site.pem", pem) },
            "certificate for key" => Files(pem, pem),
            "other key" => Files(pem, TestAuthority.KeyPem(s_between.Issue())),
            "key of another kind" => Files(pem, TestAuthority.KeyPem(s_rsa)),
            "broken key" => Files(pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            "no password" => Files(pem, TestAuthority.KeyPem(s_leaf, Password)),
            "wrong password" => Files(pem, TestAuthority.KeyPem(s_leaf, "other"), Password),
            "old encryption" => Files(
                pem,
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
                + "-----END RSA PRIVATE KEY-----\n"),
            "PFX without password" => Pfx(s_leaf.Export(X509ContentType.Pkcs12, "other"), null),
            "PFX with wrong password" => Pfx(s_leaf.Export(X509ContentType.Pkcs12, "other"), Password),
            "PFX without key" => Pfx(s_root.Public.Export(X509ContentType.Pkcs12), null),
            "DER" => Pfx(s_leaf.RawData, null),
            _ => throw new ArgumentException(what),
        };
    }

    [Fact]
    public void A_file_that_may_not_be_read_is_named()
    {
        Assert.SkipWhen(Environment.UserName == "root", "the superuser may read every file");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a mode of files");
        var path = _folder.Write("site.pem", "");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
        }

        var fault = Assert.Throws<TlsFault>(() => CertificateLoading.Load(new TlsCertificate { Path = path }));
        Assert.Equal($"the certificate file '{path}' cannot be read: permission denied", fault.Message);
    }

    public static TheoryData<string, Action<TlsOptions>, string> Contradictions => new()
    {
        {
            "no certificate", options => options.Certificates.Clear(),
            "it has no certificate; set Certificate to a PEM or PFX file, and Key to the key's file"
        },
        {
            "versions", options => (options.MinVersion, options.MaxVersion) = (SslProtocols.Tls13, SslProtocols.Tls12),
            "MinVersion is newer than MaxVersion"
        },
        {
            "old version",
            options => options.MinVersion = SslProtocols.None,
            "the version None is not served; MinVersion and MaxVersion must be Tls12 or Tls13"
        },
        {
            "names of clients that show none", options => options.ClientNames.Add("a"),
            "rules for client certificates have no effect while ClientCertificates is None; set it to Required"
        },
        {
            "authorities that are missing",
            options => (options.ClientCertificates, options.ClientAuthorityPath) = (ClientCertificates.Required, "/no/such.pem"),
            "the file of client authorities '/no/such.pem' cannot be read: no such file"
        },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Options_that_cannot_be_used_are_described_in_one_sentence(string what, Action<TlsOptions> change, string expected)
    {
        Assert.NotNull(what);
        ArgumentNullException.ThrowIfNull(change);
        var options = new TlsOptions { Certificates = { new() { Certificate = s_leaf } } };
        change(options);
        Assert.Equal(expected, Assert.Throws<TlsFault>(() => TlsSettings.Load(options)).Message);
    }

    [Fact]
    public void A_certificate_that_the_system_cannot_use_is_described_in_one_sentence()
    {
        var disposed = s_root.Issue();
        disposed.Dispose();
        var options = new TlsOptions { Certificates = { new() { Certificate = disposed } } };
        var fault = Assert.Throws<TlsFault>(() => TlsSettings.Load(options));
        Assert.StartsWith("a certificate cannot be used: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_authorities_without_certificates_is_refused()
    {
        var path = _folder.Write("ca.pem", "nothing");
        var options = new TlsOptions
        {
            Certificates = { new() { Certificate = s_leaf } },
            ClientCertificates = ClientCertificates.Optional,
            ClientAuthorityPath = path,
        };
        Assert.Equal(
            $"the file of client authorities '{path}' contains no certificate (-----BEGIN CERTIFICATE-----)",
            Assert.Throws<TlsFault>(() => TlsSettings.Load(options)).Message);
    }

    [Fact]
    public void A_certificate_that_is_not_valid_now_is_a_warning()
    {
        var now = DateTimeOffset.UtcNow;
        var expired = CertificateLoading.Load(new TlsCertificate { Certificate = s_root.Issue(until: now.AddDays(-3)) });
        Assert.StartsWith("expired on 20", expired.Warning(now), StringComparison.Ordinal);
        Assert.StartsWith("is not valid before 20", expired.Warning(now.AddDays(-100)), StringComparison.Ordinal);
        Assert.Null(CertificateLoading.Load(new TlsCertificate { Certificate = s_leaf }).Warning(now));
    }

    [Fact]
    public void Relative_paths_start_from_the_given_folder_and_equal_settings_are_the_same()
    {
        var options = new TlsOptions
        {
            Certificates = { new() { Path = "tls/site.pem", KeyPath = "tls/site.key" } },
            ClientAuthorityPath = "ca.pem",
        };
        var copy = options.Copy(_folder.Root);
        var folder = _folder.PathOf("tls");
        Assert.Equal(Path.Join(folder, "site.pem"), copy.Certificates[0].Path);
        Assert.Equal([Path.Join(folder, "site.pem"), Path.Join(folder, "site.key"), _folder.PathOf("ca.pem")], TlsSettings.FilesOf(copy));
        Assert.True(copy.IsSameAs(options.Copy(_folder.Root)));
        options.Certificates[0].Names.Add("a.example");
        Assert.False(copy.IsSameAs(options.Copy(_folder.Root)));
        Assert.Equal(Path.GetFullPath("tls/site.pem"), options.Copy(null).Certificates[0].Path);
    }

    private static void Check(LoadedCertificate loaded, X509Certificate2 leaf, int chain)
    {
        Assert.Equal(leaf.Thumbprint, loaded.Leaf.Thumbprint);
        Assert.True(loaded.Leaf.HasPrivateKey);
        Assert.Equal(chain, loaded.Chain.Count);
        Assert.Equal(["localhost"], loaded.Names);
    }

    private TlsCertificate Files(string pem, string key, string? password = null) =>
        new() { Path = _folder.Write("site.pem", pem), KeyPath = _folder.Write("site.key", key), Password = password };

    private TlsCertificate Pfx(byte[] bytes, string? password)
    {
        var path = _folder.PathOf("site.pfx");
        File.WriteAllBytes(path, bytes);
        return new() { Path = path, Password = password };
    }
}

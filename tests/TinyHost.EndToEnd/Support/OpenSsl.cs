// Owns: certificates made by the openssl program, and its TLS client.

namespace TinyHost.EndToEnd.Support;

internal sealed class OpenSsl(TemporaryDirectory directory)
{
    private const string Get = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private readonly string _program = OutsideProgram.Require("openssl", package: "openssl");

    public string PathOf(string name) => Path.Combine(directory.Path, name);

    /// <summary>Makes an authority: NAME.pem and NAME.key.</summary>
    public Task MakeAuthorityAsync(string name, string? issuer = null) => RunAsync(
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", $"/CN={name}",
            "-keyout", PathOf(name + ".key"), "-out", PathOf(name + ".pem"), "-addext", "basicConstraints=critical,CA:TRUE",
            .. Issuer(issuer),
        ]);

    /// <summary>Makes a certificate of an authority: NAME.pem and NAME.key.</summary>
    /// <param name="name">Its subject and the name of its files.</param>
    /// <param name="issuer">The authority.</param>
    /// <param name="names">Its subject alternative names.</param>
    /// <param name="key">The kind of the key.</param>
    public Task MakeCertificateAsync(
        string name, string issuer, string names = "DNS:localhost,IP:127.0.0.1", string key = "rsa:2048") => RunAsync(
        [
            "req", "-x509", "-newkey", .. key.Split(' '), "-nodes", "-days", "29", "-subj", $"/CN={name}",
            "-keyout", PathOf(name + ".key"), "-out", PathOf(name + ".pem"), "-addext", $"subjectAltName={names}",
            "-addext", "basicConstraints=critical,CA:FALSE", .. Issuer(issuer),
        ]);

    /// <summary>Writes several files of certificates into one.</summary>
    public void Join(string name, params string[] parts) =>
        File.WriteAllText(PathOf(name), string.Concat(parts.Select(part => File.ReadAllText(PathOf(part)))));

    /// <summary>Runs openssl; fails unless it succeeds.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, errors) = await ChildProcess.RunAsync(_program, arguments);
        Assert.True(exitCode == 0, $"openssl {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    /// <summary>Connects, sends a request, and returns everything that the client prints.</summary>
    public async Task<string> ConnectAsync(int port, params string[] arguments)
    {
        var (_, output, errors) = await ChildProcess.RunAsync(
            _program, ["s_client", "-connect", $"127.0.0.1:{port}", "-ign_eof", .. arguments], Get);
        return $"{output}\n{errors}";
    }

    private string[] Issuer(string? issuer) => issuer is null ? [] : ["-CA", PathOf(issuer + ".pem"), "-CAkey", PathOf(issuer + ".key")];
}

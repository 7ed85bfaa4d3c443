// Owns: tests of an appsettings.json that changes while a daemon runs.

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class SettingsReloadTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tinyhost-");
    private readonly int _port = FreePort.Next();
    private readonly int _metricsPort = FreePort.Next();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Limits_change_with_their_file_or_on_SIGHUP(bool isSignalled)
    {
        await using var daemon = await StartAsync(isSignalled);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());

        Write($$"""{ "Prefixes": "http://127.0.0.1:{{_port}}/", "Metrics": { "Port": 1 }, "Limits": { "MaxHeaderSectionSize": 200 } }""");
        Tell(daemon);
        await daemon.WaitForOutputAsync("TinyHost:Limits has been loaded again and holds for new connections.");
        await daemon.WaitForOutputAsync("TinyHost:Metrics:Port has changed; the change takes effect at the next start.");
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await StatusAsync());

        Write($$"""{ "Prefixes": "http://127.0.0.1:{{_port}}/", "Metrics": { "Port": 1 }, "Limits": { "MaxHeaderSectionSize": "1k" } }""");
        Tell(daemon);
        await daemon.WaitForOutputAsync("stays as it was: TinyHost:Limits:MaxHeaderSectionSize is '1k'");
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await StatusAsync());
        Assert.Equal(0, await daemon.TerminateAsync());

        void Tell(ChildProcess process)
        {
            if (isSignalled)
            {
                process.HangUp();
            }
        }
    }

    [Fact]
    public async Task A_file_that_is_not_JSON_changes_nothing_on_SIGHUP()
    {
        await using var daemon = await StartAsync(isSignalled: true);
        Write("{ oops");
        daemon.HangUp();
        await daemon.WaitForOutputAsync("The configuration cannot be loaded again and stays as it was: ");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    private async Task<ChildProcess> StartAsync(bool isSignalled)
    {
        var built = Path.GetDirectoryName(Repository.BuiltFile(Daemon.Hello, "Hello.dll"))!;
        foreach (var file in Directory.GetFiles(built))
        {
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        }

        Write($$"""{ "Prefixes": "http://127.0.0.1:{{_port}}/", "Metrics": { "Port": {{_metricsPort}} } }""");
        var environment = new Dictionary<string, string> { ["DOTNET_hostBuilder__reloadConfigOnChange"] = isSignalled ? "false" : "true" };
        var daemon = ChildProcess.Start("dotnet", [Path.Combine(_folder.FullName, "Hello.dll")], environment);
        await daemon.WaitForOutputAsync("Application started");
        return daemon;
    }

    // In one step, so that nothing reads half of it.
    private void Write(string section)
    {
        var whole = Path.Combine(_folder.FullName, "new");
        File.WriteAllText(whole, $$"""{ "TinyHost": {{section}} }""");
        File.Move(whole, Path.Combine(_folder.FullName, "appsettings.json"), overwrite: true);
    }

    // Of a request with a header section of more than 200 bytes, on a connection of its own.
    private async Task<HttpStatusCode> StatusAsync()
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X", new string('x', 200));
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{_port}/hello"), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}

// Owns: the JSON-RPC example published for Windows, and the Wine environment to run it in.

using System.Text.RegularExpressions;

namespace TinyHost.EndToEnd.Support;

/// <summary>The example is published once per test class, on first use.</summary>
public sealed partial class WindowsExample : IAsyncLifetime
{
    private readonly Lazy<Task<string>> _published;
    private TemporaryDirectory? _directory;
    private Wine? _wine;

    public WindowsExample() => _published = new(PublishAsync);

    internal Wine Wine => _wine ??= new Wine();

    /// <summary>The Windows path of the program. Skips the test if the package registry lacks a package, which fails .ci/run.</summary>
    internal Task<string> ProgramAsync() => _published.Value;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        if (_wine is not null)
        {
            await _wine.DisposeAsync();
        }

        _directory?.Dispose();
    }

    private async Task<string> PublishAsync()
    {
        _directory = new TemporaryDirectory();
        var program = Path.Combine(_directory.Path, "program");
        // Build into a separate directory and leave no build server running.
        var (exitCode, output, errors) = await ChildProcess.RunAsync("dotnet",
        [
            "publish", Repository.File(Daemon.JsonRpc), "--runtime", "win-x64", "--self-contained", "-p:WindowsService=true",
            "-maxcpucount:1", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false",
            "--artifacts-path", Path.Combine(_directory.Path, "artifacts"), "--output", program,
        ]);
        Assert.SkipWhen(IsPackageMissing().IsMatch(output), "needs packages for Windows that the package registry of this machine lacks");
        Assert.True(exitCode == 0, $"dotnet publish exited with {exitCode}:\n{output}\n{errors}");
        return Wine.WindowsPath(Path.Combine(program, "JsonRpc.exe"));
    }

    [GeneratedRegex(@"error NU110[12].*Microsoft\.(Extensions\.Hosting\.WindowsServices|NETCore\.App\.)", RegexOptions.IgnoreCase)]
    private static partial Regex IsPackageMissing();
}

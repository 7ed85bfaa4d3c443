// Owns: the JSON-RPC example, published for Windows with all it needs, and the Windows to run it on.
// Does not own: what it should answer.

using System.Text.RegularExpressions;

namespace TinyHost.EndToEnd.Support;

/// <summary>Published once for all tests of a class, when the first asks for it.</summary>
public sealed partial class WindowsExample : IAsyncLifetime
{
    private readonly Lazy<Task<string>> _published;
    private TemporaryDirectory? _directory;
    private Wine? _wine;

    public WindowsExample() => _published = new(PublishAsync);

    internal Wine Wine => _wine ??= new Wine();

    /// <summary>The program, as Windows calls it. Skips the test where the package registry lacks a package; .ci/run does not accept that.</summary>
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
        // Directories of its own for all that it builds, and no process that stays behind.
        var (exitCode, output, errors) = await ChildProcess.RunAsync("dotnet",
        [
            "publish", Repository.File(Daemon.JsonRpc), "--runtime", "win-x64", "--self-contained", "-p:WindowsService=true",
            "-maxcpucount:1", "-nodeReuse:false", "-p:UseSharedCompilation=false",
            "--artifacts-path", Path.Combine(_directory.Path, "artifacts"), "--output", program,
        ]);
        Assert.SkipWhen(LacksPackage().IsMatch(output), "needs packages of the Windows build that the package registry of this machine lacks");
        Assert.True(exitCode == 0, $"dotnet publish ended with {exitCode}:\n{output}\n{errors}");
        return Wine.WindowsPath(Path.Combine(program, "JsonRpc.exe"));
    }

    [GeneratedRegex(@"error NU110[12].*Microsoft\.(Extensions\.Hosting\.WindowsServices|NETCore\.App\.)", RegexOptions.IgnoreCase)]
    private static partial Regex LacksPackage();
}

// Owns: Windows programs on this machine: a Windows of its own for each test class, in a temporary directory, under Wine.
// Does not own: the programs.

namespace TinyHost.EndToEnd.Support;

/// <summary>Disposing it ends every process of this Windows.</summary>
internal sealed class Wine : IAsyncDisposable
{
    private readonly string _wine = OutsideProgram.Require("wine", package: "wine");
    private readonly string _server = OutsideProgram.Require("wineserver", package: "wine");
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment;

    public Wine() => _environment = new()
    {
        ["WINEPREFIX"] = Path.Combine(_directory.Path, "windows"),
        ["WINEDEBUG"] = "-all",
        // It shows nothing, and leaves nothing in the user's menus and folders.
        ["DISPLAY"] = "",
        ["WINEDLLOVERRIDES"] = "winemenubuilder.exe=",
        ["HOME"] = _directory.Path,
    };

    /// <summary>How a Windows program calls a file of this machine.</summary>
    public static string WindowsPath(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>Starts a program, and Windows itself when nothing of it runs.</summary>
    public ChildProcess Start(params string[] arguments) => ChildProcess.Start(_wine, arguments, _environment);

    /// <summary>Runs a program to its end, which must be a good one, and returns what it printed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, errors) = await ChildProcess.RunAsync(_wine, arguments, environment: _environment);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)} ended with {exitCode}:\n{output}\n{errors}");
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.RunAsync(_server, ["--kill"], environment: _environment);
        await ChildProcess.RunAsync(_server, ["--wait"], environment: _environment);
        var drives = Path.Combine(_environment["WINEPREFIX"], "dosdevices");
        if (Directory.Exists(drives))
        {
            // Links, to the root directory among others: nothing may follow them.
            foreach (var drive in Directory.EnumerateFileSystemEntries(drives))
            {
                File.Delete(drive);
            }
        }

        _directory.Dispose();
    }
}

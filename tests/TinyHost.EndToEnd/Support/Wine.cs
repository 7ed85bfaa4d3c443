// Owns: a separate Wine environment for one test class, in a temporary directory.

namespace TinyHost.EndToEnd.Support;

/// <summary>Disposing it ends every process in the environment.</summary>
internal sealed class Wine : IAsyncDisposable
{
    private readonly string _wine = OutsideProgram.Require("wine", package: "wine");
    private readonly string _server = OutsideProgram.Require("wineserver", package: "wine");
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment;

    public Wine() => _environment = new()
    {
        ["WINEPREFIX"] = Path.Combine(_directory.Path, "windows"),
        // Wine has no event log: it writes the errors that belong there to the standard error of the program that started it.
        ["WINEDEBUG"] = "-all,err+eventlog",
        // No windows, and no changes to the user's menus and folders.
        ["DISPLAY"] = "",
        ["WINEDLLOVERRIDES"] = "winemenubuilder.exe=",
        ["HOME"] = _directory.Path,
    };

    /// <summary>The path by which a Windows program finds a file of this machine.</summary>
    public static string WindowsPath(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>Starts a program, and Wine itself if it is not running.</summary>
    public ChildProcess Start(params string[] arguments) => ChildProcess.Start(_wine, arguments, _environment);

    /// <summary>Runs a program and returns its output. Fails if it exits with an error.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, errors) = await ChildProcess.RunAsync(_wine, arguments, environment: _environment);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)} exited with {exitCode}:\n{output}\n{errors}");
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.RunAsync(_server, ["--kill"], environment: _environment);
        await ChildProcess.RunAsync(_server, ["--wait"], environment: _environment);
        var drives = Path.Combine(_environment["WINEPREFIX"], "dosdevices");
        if (Directory.Exists(drives))
        {
            // Delete these links first: one of them points to the root directory, and deleting recursively must not follow it.
            foreach (var drive in Directory.EnumerateFileSystemEntries(drives))
            {
                File.Delete(drive);
            }
        }

        _directory.Dispose();
    }
}

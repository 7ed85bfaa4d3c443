// Owns: the folders of a shop: the files it serves, and the uploads it keeps.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

internal sealed class ShopFolders : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public ShopFolders()
    {
        Directory.CreateDirectory(Files);
        Directory.CreateDirectory(Uploads);
        foreach (var file in Directory.GetFiles(Repository.File("examples/Daemon/wwwroot")))
        {
            File.Copy(file, Path.Combine(Files, Path.GetFileName(file)));
        }

        Write("digits.txt", "0123456789");
        Write("data.unknown", "?");
        Write(".hidden", "hidden");
        Write("guide/index.html", "<!doctype html><title>Guide</title>");
        Write("empty/inner/page.html", "<!doctype html><title>Inner</title>");
        _root.Write("secret.txt", "secret");
    }

    public string Files => Path.Combine(_root.Path, "files");

    public string Uploads => Path.Combine(_root.Path, "uploads");

    /// <summary>The settings of a shop with these folders, for pages of an origin.</summary>
    public string[] Settings(string origin) => [$"--Shop:Files={Files}", $"--Shop:Uploads={Uploads}", $"--Shop:Origin={origin}"];

    /// <summary>Writes a file that the shop serves. Each has the same time, for comparable fields.</summary>
    public void Write(string name, string text)
    {
        var path = Path.Combine(Files, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
    }

    public void Dispose() => _root.Dispose();
}

// Owns: the folder of uploaded files.

namespace Daemon;

internal sealed class Uploads(string folder)
{
    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    /// <summary>Saves a file under a name. A file with an incomplete upload keeps its old content.</summary>
    public async Task SaveAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        // Below a name that begins with a dot, which is not served.
        var unfinished = Path.Combine(Folder, $".{Guid.NewGuid()}");
        try
        {
            await using (var file = File.Create(unfinished))
            {
                await content.CopyToAsync(file, cancellationToken);
            }

            File.Move(unfinished, Path.Combine(Folder, name), overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}

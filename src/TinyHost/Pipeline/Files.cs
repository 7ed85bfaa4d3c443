// Owns: the handler for the files of a folder.

namespace TinyHost;

/// <summary>Files of a folder as a handler.</summary>
public static class Files
{
    /// <summary>
    /// A handler for a route that ends in <c>{*path}</c>, such as <c>routes.Get("/assets/{*path}", Files.From("wwwroot"))</c>, or for whole
    /// paths where no route has parameters. It sends what <see cref="FileExtensions.SendFileAsync"/> sends, never leaves the folder, and
    /// follows symbolic links inside it only to places inside it. Files and folders whose name begins with a dot are not served, except
    /// <c>.well-known</c> at the top. A folder is answered with its <c>index.html</c>, after a redirect to the path with a slash at its
    /// end. Everything else is 404; other methods than GET and HEAD, 405. A relative <paramref name="folder"/> begins at the current
    /// directory. Throws <see cref="DirectoryNotFoundException"/> when there is no such folder.
    /// </summary>
    public static Func<RequestContext, Task> From(string folder) => new FolderFiles(folder, isOfRoute: true).HandleAsync;
}

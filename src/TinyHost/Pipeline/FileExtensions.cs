// Owns: files as members of a response and of a pipeline.

namespace TinyHost;

/// <summary>Answers with files.</summary>
public static class FileExtensions
{
    /// <summary>
    /// Answers with a file, read while it is sent. Sets Content-Length, ETag, Last-Modified, Accept-Ranges, and Content-Type by the file
    /// name's extension unless it is set. While the status is 200, answers conditional GET and HEAD with 304 or 412 (RFC 9110 §13) and a
    /// single range of bytes with 206 or 416 (§14); a request for several ranges gets the whole file. A missing file, a folder and, on
    /// Linux, a pipe, socket or device are answered with 404, a file that may not be read with 403. If the file becomes shorter meanwhile,
    /// throws <see cref="IOException"/>, which cuts the connection. A relative <paramref name="path"/> begins at the current directory.
    /// <paramref name="path"/> is used as it is: for one that a request names, use <see cref="Files.From"/>.
    /// </summary>
    public static Task SendFileAsync(this Response response, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return FileSending.SendAsync(response, path, cancellationToken);
    }

    /// <summary>
    /// Answers a subtree of paths with the files of a folder: <c>MapFiles("/assets", "wwwroot")</c> answers <c>/assets/site.css</c> with
    /// <c>wwwroot/site.css</c>. See <see cref="Files.From"/> for what is served, and <see cref="PathRouting.Wrap"/> for the prefix.
    /// </summary>
    public static Pipeline MapFiles(this Pipeline pipeline, string prefix, string folder)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.MapPath(prefix, new FolderFiles(folder, isOfRoute: false).HandleAsync);
    }
}

// Owns: answering with a file: conditions, ranges, and sending it in pieces.

namespace TinyHost;

internal static class FileSending
{
    private const int PieceSize = 32_768;

    internal static async Task SendAsync(Response response, string path, CancellationToken cancellationToken)
    {
        FileContent? file;
        try
        {
            file = FileContent.Open(path);
        }
        catch (UnauthorizedAccessException)
        {
            await response.AnswerErrorAsync(403).ConfigureAwait(false);
            return;
        }

        if (file is null)
        {
            await response.AnswerErrorAsync(404).ConfigureAwait(false);
            return;
        }

        using (file)
        {
            var part = await AnswerHeadAsync(response, file, path).ConfigureAwait(false);
            if (part.Length > 0)
            {
                await CopyAsync(response, file, part, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sets status and fields. Returns what is to be sent of the file.</summary>
    private static async Task<ByteRange> AnswerHeadAsync(Response response, FileContent file, string path)
    {
        var request = response.Context.Request;
        var isHead = request.Method == "HEAD";
        // RFC 9110 §13.2.1, §14.2: conditions count for answers of 200, and ranges for GET.
        var isConditional = response.StatusCode == 200 && (isHead || request.Method == "GET");
        var status = isConditional ? file.Validators.StatusFor(request.Fields) : response.StatusCode;
        if (status == 412)
        {
            await response.AnswerErrorAsync(412).ConfigureAwait(false);
            return default;
        }

        response.StatusCode = status;
        response.Fields["ETag"] = file.Validators.ETag;
        response.Fields["Last-Modified"] = file.Validators.LastModified is { } date ? HttpDate.Write(date) : null;
        if (status == 304)
        {
            return default;
        }

        var part = new ByteRange(0, file.Length);
        // A range of an empty file is ignored: clients ask for one without knowing the length.
        if (isConditional && !isHead && file.Length > 0 && request.Fields["Range"] is { } field
            && file.Validators.AllowRange(request.Fields) && ByteRange.Parse(field, file.Length) is { } range)
        {
            if (range.Length == 0)
            {
                await AnswerUnsatisfiableAsync(response, file.Length).ConfigureAwait(false);
                return default;
            }

            part = range;
            response.StatusCode = 206;
            response.Fields["Content-Range"] = $"bytes {range.Start}-{range.Start + range.Length - 1}/{file.Length}";
        }

        response.SetDefaultContentType(MediaTypes.Of(path));
        response.Fields["Accept-Ranges"] = "bytes";
        response.ContentLength = part.Length;
        return isHead ? default : part;
    }

    private static async Task AnswerUnsatisfiableAsync(Response response, long length)
    {
        await response.AnswerErrorAsync(416).ConfigureAwait(false);
        if (!response.HasStarted)
        {
            // RFC 9110 §15.5.17: the client learns the length.
            response.Fields["Content-Range"] = $"bytes */{length}";
        }
    }

    // Read into the response's own buffer, so that a peer that reads slowly holds one piece in memory. The last piece is sent by the
    // handler's end, together with the head if it is the only one.
    private static async Task CopyAsync(Response response, FileContent file, ByteRange part, CancellationToken cancellationToken)
    {
        for (var (offset, end) = (part.Start, part.Start + part.Length); offset < end;)
        {
            var size = (int)Math.Min(PieceSize, end - offset);
            var count = 0;
            try
            {
                count = await file.ReadAsync(response.GetMemory(size)[..size], offset, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                // Nothing is written to the memory any more, so it may return to the pool.
                response.Advance(count);
            }

            offset += count;
            if (offset < end)
            {
                await response.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

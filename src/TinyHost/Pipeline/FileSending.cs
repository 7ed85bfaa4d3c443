// Owns: answering with a file: conditions, ranges, and sending it in pieces.

namespace TinyHost;

internal static class FileSending
{
    private const int PieceSize = 32_768;

    internal static async Task SendAsync(Response response, string path, CancellationToken cancellationToken)
    {
        var status = FileStatus.Read(path, followsLink: true);
        if (status is { IsRegular: true } known && IsUnchanged(response, known))
        {
            return;
        }

        FileContent? file;
        try
        {
            file = FileContent.Open(path, status);
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

    /// <summary>Answers 304 to a client that has the content: for that, the file need not be opened.</summary>
    private static bool IsUnchanged(Response response, FileStatus file)
    {
        var fields = response.Context.Request.Fields;
        if (!IsConditional(response) || (fields["If-None-Match"] ?? fields["If-Modified-Since"]) is null)
        {
            return false;
        }

        var validators = FileContent.ValidatorsOf(file.Modified, file.Size);
        if (validators.StatusFor(fields) != 304)
        {
            return false;
        }

        response.StatusCode = 304;
        SetValidators(response, validators);
        return true;
    }

    // RFC 9110 §13.2.1: conditions count for answers of 200 to GET and HEAD.
    private static bool IsConditional(Response response) =>
        response.StatusCode == 200 && (response.Context.Request.Method is "GET" or "HEAD");

    private static void SetValidators(Response response, Preconditions validators)
    {
        response.Fields["ETag"] = validators.ETag;
        response.Fields["Last-Modified"] = validators.LastModified is { } date ? HttpDate.Write(date) : null;
    }

    /// <summary>Sets status and fields. Returns what is to be sent of the file.</summary>
    private static async Task<ByteRange> AnswerHeadAsync(Response response, FileContent file, string path)
    {
        var request = response.Context.Request;
        var isHead = request.Method == "HEAD";
        var isConditional = IsConditional(response);
        var status = isConditional ? file.Validators.StatusFor(request.Fields) : response.StatusCode;
        if (status == 412)
        {
            await response.AnswerErrorAsync(412).ConfigureAwait(false);
            return default;
        }

        response.StatusCode = status;
        SetValidators(response, file.Validators);
        if (status == 304)
        {
            return default;
        }

        var part = new ByteRange(0, file.Length);
        // RFC 9110 §14.2: ranges count for GET. A range of an empty file is ignored: clients ask for one without knowing the length.
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

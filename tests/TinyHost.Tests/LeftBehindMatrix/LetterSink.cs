// Owns: the stream that CopyToAsync writes to in the left-behind matrix. Other steps may run between any two reads.

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LetterSink(LeftBehindRequest request, Steps steps) : Stream
{
    private Phase _readBegan = request.Phase;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        request.CheckContent(buffer.Span, request.Letter);
        if (_readBegan != Phase.DuringHandler)
        {
            request.AddFailure("a read of CopyToAsync that began after its handler had ended succeeded.");
        }

        request.Pause();
        await steps.Step();
        request.Resume();
        _readBegan = request.Phase;
        request.Count(_readBegan);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

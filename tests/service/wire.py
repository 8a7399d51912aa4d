"""Messages as bytes that no protobuf library would write."""

from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor, FieldDescriptor

NOT_UTF8 = b"\xff\xfe"
_LENGTH_DELIMITED = 2


def texts_that_are_not_utf8(message: Descriptor, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Yields, for each text anywhere in *message*, the path of its field and a message in which it is not UTF-8."""
    for field in message.fields:
        if field.type == FieldDescriptor.TYPE_STRING:
            yield path + field.name, chunk(field.number, NOT_UTF8)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner, raw in texts_that_are_not_utf8(field.message_type, f"{path}{field.name}."):
                yield inner, chunk(field.number, raw)


def chunk(number: int, data: bytes) -> bytes:
    """Returns *data*, of fewer than 128 bytes, as the field of this *number*."""
    return bytes([number << 3 | _LENGTH_DELIMITED, len(data)]) + data

"""The embedded classifier: a small model of meaning on this machine that tells classes of texts apart.

It is machine learning and not a language model: it writes nothing, it chooses among the values that a schema lists. It
needs the extra [embedded] and the weights of `minilm`; nothing leaves the machine.
"""

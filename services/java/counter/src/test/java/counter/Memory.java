package counter;

/** A count in this process. */
final class Memory implements Store {
  private long count;

  @Override
  public synchronized long add(long n) throws StoreException {
    count = Count.sum(count, n);
    return count;
  }
}
